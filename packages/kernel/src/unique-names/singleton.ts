import { GenServer } from '../behaviours/gen-server.js';
import { type Launchable, makeBehaviour } from '../behaviours/launch.js';
import type { After, AnyProcess } from '../behaviours/types.js';
import { register } from '../classes.js';
import { StartError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { checkName } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import type { Down, Exit, MonitorRef } from '../messages.js';
import { stop } from '../outcome.js';
import { type Child, type ChildSpec, childSpec } from '../supervision/child-spec.js';
import { clusterName } from './cluster-via.js';

export interface SingletonOptions<S extends AnyProcess> {
  /** The process's cluster name: `S.at(clusterName(name))` finds it. */
  readonly name: string;
  /** What runs: a class, or `{ start, args, thread, shutdown }`. */
  readonly child: Child<S>;
}

/** What a `Singleton` is started with. */
export interface SingletonSpec {
  readonly name: string;
  readonly child: unknown;
}

type Message = { readonly type: 'try' | 'failed' };

/** How long after nobody could say who has the name it is asked for again. */
const RETRY_MS = 1000;

/** Checks the child's arguments against its class, and makes the class known for other threads: see `register`. */
export function singleton<S extends AnyProcess>({ name, child }: SingletonOptions<S>): SingletonSpec {
  checkName(name);
  const { start } = childSpec(child, 'never');
  if (makeBehaviour in start) register(start as Launchable);
  return { name, child };
}

/**
 * A child that runs on one node of the cluster, and moves: every node has this in its tree,
 * `{ start: Singleton, id: 'leader', args: singleton({ name: 'leader', child: Leader }) }`, and one of them starts the child. The
 * others wait, and when the child or its node is gone one of them takes over: at once when it ended or its node left in order, as
 * soon as the node is down otherwise (1 to 2.5 s, 5 s if it only falls silent). The child's end ends this process for the same
 * reason, so that its supervisor decides what follows; only after `name_conflict` and `lease_lost` it waits like the others.
 *
 * As sure as a cluster name is: see `clusterName`. Akka: cluster singleton.
 */
export class Singleton extends GenServer<{ info: Message }> {
  static readonly className = 'rekindle.Singleton';
  #name = '';
  #spec!: ChildSpec;
  #own: Pid | undefined;
  #watched: MonitorRef | undefined;
  /** Why the child could not be started. */
  #failure: unknown;

  override init({ name, child }: SingletonSpec): void {
    this.#name = name;
    this.#spec = childSpec(child, 'never');
    this.trapExit(true);
    this.sendSelf({ type: 'try' });
  }

  /** Whether the child runs here. */
  isActive(): boolean {
    return this.#own !== undefined;
  }

  override handleInfo(message: Message | Down | Exit | { type: 'timeout' }): After | undefined {
    if (message.type === 'failed') throw this.#failure;
    if (message.type === 'try' || (message.type === 'DOWN' && message.ref === this.#watched)) this.#try();
    if (message.type !== 'EXIT' || message.pid !== this.#own) return;
    this.#own = undefined;
    const winner = winnerOf(message.reason);
    if (winner !== undefined) this.#watched = this.monitor(winner);
    else if (isLeaseLost(message.reason)) this.sendAfter(RETRY_MS, { type: 'try' });
    else return stop(message.reason);
    return;
  }

  /** Waits for the name beside its messages, and not in a handler: a node that has no cluster to ask can be stopped at once. */
  #try(): void {
    const { start, args, thread } = this.#spec;
    const options = { name: clusterName(this.#name), thread: thread ?? 'same' } as never;
    this.startLink(start as never, args as never, options).then(
      (pid) => {
        this.#own = pid as Pid | undefined;
      },
      (error: unknown) => this.#notStarted(error),
    );
  }

  #notStarted(error: unknown): void {
    if (StartError.is(error) && error.code === 'already_started' && error.pid !== undefined) this.#watched = this.monitor(error.pid);
    else if (StartError.is(error) && isUnavailable(error.reason)) this.sendAfter(RETRY_MS, { type: 'try' });
    else {
      this.#failure = error;
      this.sendSelf({ type: 'failed' });
    }
  }

  override async terminate(): Promise<void> {
    if (this.#own === undefined) return;
    const { shutdown } = this.#spec;
    const own = this.#own;
    if (shutdown === 'brutalKill') {
      this.exit(own, 'kill');
      return;
    }
    // Its name is free for other nodes when it has ended.
    await GenServer.stop(own, 'shutdown', shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown).catch(() =>
      this.exit(own, 'kill'),
    );
  }
}

register(Singleton as unknown as Launchable);

function winnerOf(reason: ExitReason): Pid | undefined {
  return typeof reason === 'object' && reason !== null && 'name_conflict' in reason
    ? (reason as unknown as { winner: Pid }).winner
    : undefined;
}

function isUnavailable(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && 'name_unavailable' in reason;
}

function isLeaseLost(reason: ExitReason): boolean {
  return typeof reason === 'object' && reason !== null && 'lease_lost' in reason;
}
