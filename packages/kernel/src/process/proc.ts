import type { Behaviour } from '../behaviours/behaviour.js';
import type { ExitReason } from '../exit-reason.js';
import type { Via } from '../identity/name.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import type { Next, Stop } from '../outcome.js';
import type { Debug } from '../sys/debug.js';
import type { Timer } from '../timers/timer.js';
import type { Bound } from './bound.js';
import { DEAD, ELSEWHERE } from './flags.js';
import type { Hold } from './hold.js';
import { keep } from './kept.js';
import type { Links } from './links.js';
import type { Owned } from './owned.js';
import type { Ring } from './ring.js';

/** What an empty first slot of a mailbox holds; `undefined` is a message. */
export const EMPTY: unique symbol = Symbol('empty');

/** Someone to be told when a process ends: a monitor, or a call it has not answered. */
export interface Watcher {
  fire(from: Pid, reason: ExitReason): void;
}

/** What only few processes have; allocated on first use. */
export class Extra {
  name: string | null = null;
  via: { readonly via: Via; readonly key: string } | null = null;
  abort: AbortController | null = null;
  /** Exit signals that arrived while the process was running. */
  signals: { from: ProcessId; reason: ExitReason; linked: boolean }[] | null = null;
  idleTimer: Timer | null = null;
  /** The receive timeout in force, in milliseconds, while IDLE_TIMER is set. */
  idleMs = 0;
  label: string | null = null;
  /** While that is measured. */
  busyMs = 0;
  bound: Bound | null = null;
  hold: Hold | null = null;
  /** Messages that a selective receive has looked at and left. */
  saved: Ring | null = null;
  /** Messages that a server has put aside until `unstashAll`. */
  stashed: Ring | null = null;
  /** What `sys` does with the process. */
  debug: Debug | null = null;
  /** What a handler asked to be done next: `continue`, or the receive timeout 0. */
  step: Next | null = null;
  /** The reason it is ending with while `terminate` runs, and the answer that is due then. */
  ending: Stop<unknown> | null = null;
  /** A suspended generator, what it waits for, and what came of it. */
  generator: Iterator<unknown, unknown, unknown> | null = null;
  phase = 0;
  waitsFor: unknown = null;
  resumeWith: unknown = undefined;
  /** An error of code that it has started, which ends it when its turn comes. */
  stray: unknown = EMPTY;
  /** The message it failed on, for the crash report. */
  failedOn: unknown = EMPTY;
}

/** What a process owes somebody when it ends: the answer to the call it handles, or how its own start went. */
export interface Owed {
  /** It is the start. */
  readonly isStart?: boolean;
  fail(code: 'exit', reason: ExitReason): void;
}

/** The kernel's record of one process of this thread. One shape for all, so that the hot paths stay monomorphic. */
export class Proc {
  flags: number;
  /** The mailbox: its first message, and the others. */
  first: unknown;
  rest: Ring | null;
  readonly behaviour: Behaviour;
  /** The user's object; before the start what to start, after the end null. */
  instance: unknown;
  readonly kernel: Kernel;
  /** Messages and wake-ups handled. */
  handled: number;
  /** The call being handled; until `init` is done the start itself. */
  owed: Owed | null;
  readonly pid: ProcessId;
  extra: Extra | null;
  parent: ProcessId | null;
  links: Links | null;
  watchers: Watcher | Set<Watcher> | null;
  owned: Owned | null;

  /** Assigned in this order, fields lie in memory so: what every message needs first. */
  constructor(kernel: Kernel, behaviour: Behaviour, pid: ProcessId, instance: unknown, parent: ProcessId | null, flags: number) {
    this.flags = flags;
    this.first = EMPTY;
    this.rest = null;
    this.behaviour = behaviour;
    this.instance = instance;
    this.kernel = kernel;
    this.handled = 0;
    this.owed = null;
    this.pid = pid;
    this.extra = null;
    this.parent = parent;
    this.links = null;
    this.watchers = null;
    this.owned = null;
  }

  get alive(): boolean {
    return (this.flags & DEAD) === 0;
  }

  more(): Extra {
    return (this.extra ??= new Extra());
  }

  get mailboxLength(): number {
    return (this.first === EMPTY ? 0 : 1) + (this.rest?.size ?? 0) + (this.extra?.saved?.size ?? 0);
  }
}

/** What the pid of an ended process points at, so that a kept pid keeps nothing else alive. */
export const GONE: Proc = new Proc(null as never, null as never, null as never, null, null, DEAD);
/** What the pid of a process of another thread or node points at. */
export const REMOTE: Proc = new Proc(null as never, null as never, null as never, null, null, ELSEWHERE);

keep(new Proc(null as never, null as never, null as never, null, null, DEAD));
keep(new Extra());
