import { type Launchable, makeBehaviour } from '../behaviours/launch.js';
import type { AnyProcess, Api, Args, Ref, ReplyOf } from '../behaviours/types.js';
import { DEFAULT_CALL_TIMEOUT_MS } from '../calls/call.js';
import { register } from '../classes.js';
import { MisuseError } from '../errors.js';
import { checkName } from '../identity/name.js';
import { EntityHost, type EntityHostSpec } from './entity-host.js';
import { entityName } from './placement.js';
import { callEntity, castToEntity, type EntityTarget, findEntity } from './reach.js';

/** Of `entities`. */
export interface EntitiesOptions<S> {
  /** What kind of entity this is, the same on all nodes; without `/`. */
  readonly name: string;
  /** What runs for a key; its `init` gets the key. */
  readonly entity: new () => S;
  /** An entity that has handled nothing for so long, in milliseconds, is stopped. Default 300,000; `Infinity` stops none. */
  readonly passivateAfterMs?: number;
}

/** The one process of a key, whether it runs or not. */
export interface Entity<S> {
  readonly key: string;
  /**
   * Sends a request and awaits its reply, starting the process if it does not run, and starting it again if it was just being
   * stopped. Handled at most once. Rejects with a `CallError` as `Ref.call` does: `timeout` (default 5,000 ms, the start
   * included), `noconnection` if the node died meanwhile (the request may have been handled), `exit`; and with a `StartError` if the
   * process could not be started.
   */
  call<K extends keyof Api<S>>(name: K, ...args: Args<Api<S>[K]>): Promise<ReplyOf<Api<S>[K]>>;
  /** Sends a request and forgets it; resolves once it is sent. It is lost if the process ends before it, also for being idle. */
  cast<K extends keyof Api<S>>(name: K, ...args: Args<Api<S>[K]>): Promise<void>;
  /** Starts the process if it does not run. The reference is to that run of it. */
  activate(): Promise<Ref<S>>;
  /** The same entity with another timeout, in milliseconds; `Infinity` waits for ever. */
  within(timeoutMs: number): Entity<S>;
}

/** One kind of entity. */
export interface Entities<S> {
  /** To be among the children of every node that is to run some. */
  readonly child: { readonly id: string; readonly start: typeof EntityHost; readonly args: EntityHostSpec };
  /** Throws `bad_name` for a key that cannot be part of a name: `name/key` has 255 characters at most. */
  entity(key: string): Entity<S>;
}

const PASSIVATE_AFTER_MS = 300_000;

/**
 * Processes that are addressed by a key: `const carts = entities({ name: 'carts', entity: Cart })`, `carts.child` in the
 * supervision tree of every node, then anywhere `carts.entity('ann').call('add', 'book')`. The process of a key is started at
 * its first use, on one node of those that have the child; it is stopped when it has had nothing to do for a while, and when nodes
 * come or go and it belongs elsewhere, as soon as it has nothing to do. Keep in `terminate` what the next run shall find.
 *
 * A key has one process as surely as a cluster name has one owner, which it is: see `clusterName`. Akka: cluster sharding;
 * Orleans: grains.
 */
export function entities<S extends AnyProcess & { init(key: string): unknown }>(options: EntitiesOptions<S>): Entities<S> {
  const { name, entity, passivateAfterMs = PASSIVATE_AFTER_MS } = options;
  checkName(name);
  if (name.includes('/')) throw new MisuseError('bad_name', `expected a name of entities without '/', got '${name}'`);
  if (typeof entity !== 'function' || !(makeBehaviour in entity))
    throw new MisuseError('bad_option', `entities '${name}': expected a process class as entity, got ${String(entity)}`);
  if (typeof passivateAfterMs !== 'number' || !(passivateAfterMs > 0))
    throw new MisuseError('bad_option', `entities '${name}': expected milliseconds above 0 as passivateAfterMs, got ${passivateAfterMs}`);
  register(entity as unknown as Launchable);
  return {
    child: { id: name, start: EntityHost, args: { name, entity, passivateAfterMs } },
    entity: (key) => {
      entityName(name, key);
      return entityOf({ kind: name, key, what: entity.name, timeoutMs: DEFAULT_CALL_TIMEOUT_MS });
    },
  };
}

function entityOf<S>(target: EntityTarget): Entity<S> {
  return {
    key: target.key,
    call: (name, ...args) => callEntity(target, String(name), args) as never,
    cast: (name, ...args) => castToEntity(target, String(name), args),
    activate: () => findEntity(target) as unknown as Promise<Ref<S>>,
    within: (timeoutMs) => entityOf({ ...target, timeoutMs }),
  };
}
