import { DynamicSupervisor, isAlive, MisuseError, type Pid, type Ref, register } from '@rekindle/kernel';
import { kernel, PROC, ProcessId } from '@rekindle/kernel/internal';
import type { AnyChannel } from '../channel.js';
import { runtime } from '../channel-runtime.js';
import { type ChannelState, STATE } from '../channel-state.js';
import type { PresenceState, Typed } from '../contract.js';
import type { Grouped } from './entries.js';
import { type HandleMetas, PresenceReplica } from './replica.js';
import { ReplicaProcess, replicasOf } from './replica-process.js';

interface PresenceClass {
  readonly name: string;
  readonly fetch?: (topic: string, presences: never) => unknown;
  readonly handleMetas?: (topic: string, diff: PresenceDiff, presences: PresenceState<unknown>) => void;
}

/** Who has come to a topic and who has left, as `fetch` made it. */
export interface PresenceDiff {
  readonly joins: PresenceState<unknown>;
  readonly leaves: PresenceState<unknown>;
}

/** What a list is to the caller: with a `fetch` that is asynchronous, a promise. */
type Fetched<F, T> = F extends (...args: never) => Promise<unknown> ? Promise<T> : T;

/** The supervisor of a thread's replica processes. */
export class PresenceSupervisor extends DynamicSupervisor<ReplicaProcess> {
  override init() {
    const proc = this[PROC];
    runtime(proc.kernel).host.presences = proc.pid as unknown as Ref<PresenceSupervisor>;
    return {};
  }
}

register(ReplicaProcess);

/**
 * Who is on a topic, with what, on all nodes: `class RoomPresence extends Presence<Room> {}`. Clients hear of changes as
 * `presence_diff`. A process is tracked until it ends. Phoenix: `Phoenix.Presence`.
 *
 * Two static methods may be added. `fetch(topic, presences)` adds to what clients see: it is called once for each list and
 * once for the joins and the leaves of each diff, with all keys together, and answers the same keys. It may be `async`: then `list`
 * and `getByKey` are promises, and the diffs of a topic wait for one another. `handleMetas(topic,
 * { joins, leaves }, presences)` hears of each diff, once on every node: on the thread of the process that was tracked, or for
 * processes of other nodes on one of this node's; `presences` are those that are there now. It must not block; what it
 * throws is reported and nothing else. State that it keeps belongs in a process.
 */
export abstract class Presence<C extends Typed = Typed> {
  declare protected readonly contract?: C;

  /** Tracks a channel under `key` of its topic; answers the reference. Throws `PresenceError` if it is tracked there already. */
  static track<C extends Typed>(this: new () => Presence<C>, channel: AnyChannel, key: string, meta: NoInfer<C>['meta'] & object): string {
    return replica(this).track(pidOf(channel), channel.topic, key, meta);
  }

  /** Tracks any process of this thread; `badarg` for others, and for one that has ended. Phoenix: `track/4`. */
  static trackPid<C extends Typed>(
    this: new () => Presence<C>,
    pid: Pid,
    topic: string,
    key: string,
    meta: NoInfer<C>['meta'] & object,
  ): string {
    return replica(this).track(aliveHere(pid), topic, key, meta);
  }

  /** Changes what a process of this thread is tracked with, as `update` does. Phoenix: `update/4`. */
  static updatePid<C extends Typed>(
    this: new () => Presence<C>,
    pid: Pid,
    topic: string,
    key: string,
    meta: (NoInfer<C>['meta'] & object) | ((meta: NoInfer<C>['meta']) => NoInfer<C>['meta'] & object),
  ): string {
    return replica(this).update(pid as ProcessId, topic, key, changeTo(meta));
  }

  /** Untracks a process of this thread; nothing if it is not tracked under the key. Phoenix: `untrack/3`. */
  static untrackPid<C extends Typed>(this: new () => Presence<C>, pid: Pid, topic: string, key: string): void {
    replica(this).untrack(pid as ProcessId, topic, key);
  }

  /** Changes what a channel is tracked with: the new meta, or a function of the old one. Throws `PresenceError` if it is not. */
  static update<C extends Typed>(
    this: new () => Presence<C>,
    channel: AnyChannel,
    key: string,
    meta: (NoInfer<C>['meta'] & object) | ((meta: NoInfer<C>['meta']) => NoInfer<C>['meta'] & object),
  ): string {
    return replica(this).update(pidOf(channel), channel.topic, key, changeTo(meta));
  }

  /** Untracks a channel before it ends; nothing if it is not tracked under the key. */
  static untrack<C extends Typed>(this: new () => Presence<C>, channel: AnyChannel, key: string): void {
    replica(this).untrack(pidOf(channel), channel.topic, key);
  }

  /**
   * Everyone on a topic, as this thread knows it: local at once, other threads and nodes after one hop. A channel that pushes
   * it as `presence_state` hears of the rest as `presence_diff`.
   */
  static list<C extends Typed, F = unknown>(
    this: (new () => Presence<C>) & { readonly fetch?: F },
    channel: AnyChannel | string,
  ): Fetched<F, PresenceState<C['meta']>> {
    const known = replica(this as PresenceClass);
    const list =
      typeof channel === 'string'
        ? known.list(channel)
        : known.listFor(channel.topic, (payload) => pushTo(channel, 'presence_diff', payload));
    return list as Fetched<F, PresenceState<C['meta']>>;
  }

  static getByKey<C extends Typed, F = unknown>(
    this: (new () => Presence<C>) & { readonly fetch?: F },
    channel: AnyChannel | string,
    key: string,
  ): Fetched<F, PresenceState<C['meta']>[string] | undefined> {
    return replica(this as PresenceClass).getByKey(topicOf(channel), key) as Fetched<F, PresenceState<C['meta']>[string] | undefined>;
  }
}

/** A new meta, or what makes it of the old one. */
function changeTo(meta: object | ((meta: never) => object)): (old: unknown) => object {
  return typeof meta === 'function' ? (meta as (old: unknown) => object) : () => meta;
}

/** This thread's replica of a presence; its process is started with its first use. */
function replica(Class: PresenceClass): PresenceReplica {
  const here = kernel();
  const known = replicasOf(here);
  const { name } = Class;
  let instance = known.get(name);
  if (instance === undefined) {
    const { pubsub, host } = runtime(here);
    const fetch = (topic: string, presences: Grouped): unknown =>
      Class.fetch === undefined ? presences : Class.fetch(topic, presences as never);
    const toThread = (topic: string, payload: string): void => host.toClients(topic, 'presence_diff', payload);
    const handleMetas: HandleMetas | null =
      Class.handleMetas === undefined
        ? null
        : (...changed) => Class.handleMetas?.(...(changed as [string, PresenceDiff, PresenceState<unknown>]));
    instance = new PresenceReplica(here, pubsub, fetch, toThread, handleMetas);
    known.set(name, instance);
    if (host.presences !== null) void PresenceSupervisor.startChild(host.presences, { start: ReplicaProcess, args: { name } });
  }
  return instance;
}

/** Only the thread of a process learns when it ends. */
function aliveHere(pid: Pid): ProcessId {
  if (pid instanceof ProcessId && pid.isLocal && isAlive(pid)) return pid;
  throw new MisuseError('badarg', `trackPid: expected a live process of this thread, got ${String(pid)}`);
}

function pidOf(channel: AnyChannel): ProcessId {
  return (channel as unknown as { [PROC]: { pid: ProcessId } })[PROC].pid;
}

/** Past the channel's own types: it is the framework that pushes. */
function pushTo(channel: AnyChannel, event: string, payload: string): void {
  const state = (channel as unknown as { [STATE]: ChannelState })[STATE];
  if (state.proc?.alive === true) state.push(event, payload);
}

function topicOf(channel: AnyChannel | string): string {
  return typeof channel === 'string' ? channel : channel.topic;
}
