import { MisuseError } from '../errors.js';
import { Cast } from '../messages.js';
import { deliver } from '../process/deliver.js';
import type { Proc } from '../process/proc.js';
import { Timeout } from '../timers/timeout.js';

/** How long to wait before a child is started again; OTP itself never waits. The wait changes nothing else: each restart still counts. */
export interface BackoffOptions {
  /** Before the first restart, in milliseconds. */
  readonly minMs: number;
  /** At most. */
  readonly maxMs: number;
  /** Each further wait is so many times the one before. From 1; default 2. */
  readonly factor?: number;
  /** The part of a wait that is left to chance, 0 to 1, so that many do not come back at once. Default 0. */
  readonly jitter?: number;
  /** A child that has run for so long has recovered: its next wait is `minMs` again. Default `maxMs`. */
  readonly resetAfterMs?: number;
}

/** The wait after so many failures in a row; `chance` is in [0, 1). */
export function backoffDelay(options: Required<BackoffOptions>, failures: number, chance: number): number {
  const full = Math.min(options.maxMs, options.minMs * options.factor ** (failures - 1));
  return Math.round(full * (1 - options.jitter * chance));
}

/** The options with defaults; null when there is no back-off. */
export function checkBackoff(backoff: BackoffOptions | undefined): Required<BackoffOptions> | null {
  if (backoff === undefined) return null;
  if (typeof backoff !== 'object' || backoff === null) bad('', 'an object', backoff);
  const { minMs, maxMs, factor = 2, jitter = 0, resetAfterMs = maxMs } = backoff;
  if (!(typeof minMs === 'number' && minMs >= 0)) bad('.minMs', 'milliseconds from 0', minMs);
  if (!(typeof maxMs === 'number' && maxMs >= minMs)) bad('.maxMs', `milliseconds from minMs (${minMs})`, maxMs);
  if (!(typeof factor === 'number' && factor >= 1)) bad('.factor', 'a number from 1', factor);
  if (!(typeof jitter === 'number' && jitter >= 0 && jitter <= 1)) bad('.jitter', 'a number from 0 to 1', jitter);
  if (!(typeof resetAfterMs === 'number' && resetAfterMs >= 0)) bad('.resetAfterMs', 'milliseconds from 0', resetAfterMs);
  return { minMs, maxMs, factor, jitter, resetAfterMs };
}

function bad(what: string, expected: string, came: unknown): never {
  throw new MisuseError('bad_option', `backoff${what}: expected ${expected}, got ${String(came)}`);
}

interface History {
  failures: number;
  startedAt: number;
  wait: Timeout | null;
}

/**
 * The waits of one supervisor's children, known by the keys that its `tryAgain` takes, which ignores one whose child does not
 * wait any more. Does nothing when there is no back-off.
 */
export class Backoff {
  readonly #proc: Proc;
  readonly #options: Required<BackoffOptions> | null;
  readonly #histories = new Map<unknown, History>();

  constructor(proc: Proc, options: Required<BackoffOptions> | null) {
    this.#proc = proc;
    this.#options = options;
  }

  get on(): boolean {
    return this.#options !== null;
  }

  /** A child runs from now on; `before` is the key it had until now. */
  started(key: unknown, before: unknown = key): void {
    if (this.#options === null) return;
    const history = this.#take(before);
    history.startedAt = this.#proc.kernel.host.now();
    this.#histories.set(key, history);
  }

  /** It has failed: its turn to be started comes after the wait. */
  later(key: unknown): void {
    const options = this.#options as Required<BackoffOptions>;
    const { host } = this.#proc.kernel;
    const history = this.#take(key);
    if (host.now() - history.startedAt >= options.resetAfterMs) history.failures = 0;
    history.failures++;
    history.startedAt = Number.POSITIVE_INFINITY;
    history.wait = new Timeout(this.#proc, backoffDelay(options, history.failures, host.random()), () => {
      history.wait = null;
      deliver(this.#proc, new Cast('tryAgain', [key]));
    });
    this.#histories.set(key, history);
  }

  /** It is no longer a child. */
  forget(key: unknown): void {
    if (this.#options !== null) this.#take(key);
  }

  #take(key: unknown): History {
    const history = this.#histories.get(key) ?? { failures: 0, startedAt: Number.POSITIVE_INFINITY, wait: null };
    this.#histories.delete(key);
    history.wait?.drop();
    history.wait = null;
    return history;
  }
}
