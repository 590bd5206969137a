import { StartError, type StartErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Name } from '../identity/name.js';
import type { ProcessId } from '../identity/pid.js';
import { keep } from '../process/kept.js';
import { detach } from '../process/owned.js';
import type { Owed, Proc } from '../process/proc.js';
import { settleFor } from '../process/resume.js';
import { Timer } from '../timers/timer.js';

/** Told how the start of a process went: its starter. Exactly one of these is called, once. */
export interface Starter {
  started(pid: ProcessId): void;
  ignored(): void;
  failed(code: StartErrorCode, reason: unknown, pid?: ProcessId): void;
}

/** What a process starts with. Until its `init` is done it owes its starter an answer. */
export class Start implements Owed {
  readonly isStart = true;
  readonly args: unknown;
  readonly name: Name | undefined;
  readonly starter: Starter | null;
  constructor(args: unknown, name: Name | undefined, starter: Starter | null) {
    this.args = args;
    this.name = name;
    this.starter = starter;
  }

  fail(_code: 'exit', reason: ExitReason): void {
    this.starter?.failed('init_failed', reason);
  }
}

/** A promised start; the timer is its `timeoutMs`. */
export class PendingStart extends Timer implements Starter {
  readonly #what: string;
  #resolve: ((pid: ProcessId | undefined) => void) | null;
  #reject: ((error: StartError) => void) | null;
  /** The process being started, to be killed if it takes too long. */
  onTimeout: (() => void) | null = null;

  constructor(what: string, resolve: (pid: ProcessId | undefined) => void, reject: (error: StartError) => void) {
    super();
    this.#what = what;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  started(pid: ProcessId): void {
    const resolve = this.#resolve;
    const owner = this.#done();
    if (resolve !== null) settleFor(owner, resolve, pid);
  }

  ignored(): void {
    const resolve = this.#resolve;
    const owner = this.#done();
    if (resolve !== null) settleFor(owner, resolve, undefined);
  }

  failed(code: StartErrorCode, reason: unknown, pid?: ProcessId): void {
    const reject = this.#reject;
    const owner = this.#done();
    if (reject !== null) settleFor(owner, reject, new StartError(code, reason, this.#what, pid));
  }

  override fire(): void {
    const { onTimeout } = this;
    this.failed('timeout', 'timeout');
    onTimeout?.();
  }

  override release(): void {
    this.#done();
  }

  #done(): Proc | null {
    const { owner } = this;
    this.#resolve = this.#reject = this.onTimeout = null;
    detach(this);
    this.cancel();
    return owner;
  }
}

keep(new Start(undefined, undefined, null));
keep(
  new PendingStart(
    '',
    () => {},
    () => {},
  ),
);
