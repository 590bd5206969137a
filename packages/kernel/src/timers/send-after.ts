import { MisuseError } from '../errors.js';
import type { ProcessId } from '../identity/pid.js';
import type { RemoteName } from '../identity/remote-name.js';
import type { Kernel } from '../kernel.js';
import { DEAD, ELSEWHERE } from '../process/flags.js';
import { keep } from '../process/kept.js';
import { attach } from '../process/owned.js';
import { reportStrayError } from '../reports.js';
import { Timer } from './timer.js';

/** A timer that sends. Ends with the process it sends to. */
export abstract class SendTimer extends Timer {
  abstract readonly kernel: Kernel;
  abstract arm(): void;
}

class SendAfter extends SendTimer {
  readonly kernel: Kernel;
  readonly #to: ProcessId | RemoteName;
  readonly #message: unknown;
  readonly #everyMs: number | null;
  readonly #delayMs: number;

  constructor(kernel: Kernel, to: ProcessId | RemoteName, message: unknown, delayMs: number, everyMs: number | null) {
    super();
    this.kernel = kernel;
    this.#to = to;
    this.#message = message;
    this.#delayMs = delayMs;
    this.#everyMs = everyMs;
  }

  override arm(): void {
    const { proc } = this.#to;
    if ((proc.flags & DEAD) !== 0) return;
    if ((proc.flags & ELSEWHERE) === 0) attach(proc, this);
    this.kernel.timers.start(this, this.#delayMs);
  }

  override fire(): void {
    if (this.#everyMs === null) this.drop();
    else this.kernel.timers.start(this, this.#everyMs);
    try {
      this.#to.send(this.#message);
    } catch (error) {
      // It cannot travel to another thread, and who set the timer is not here to be told. The other timers must go on.
      this.drop();
      reportStrayError(error);
    }
  }
}

/** OTP: `erlang:send_after/3`, `timer:send_interval/3`. */
export function startSendTimer(
  kernel: Kernel,
  to: ProcessId | RemoteName,
  message: unknown,
  delayMs: number,
  everyMs: number | null,
): SendTimer {
  if (!(delayMs >= 0 && delayMs <= 2 ** 32 - 1)) {
    throw new MisuseError('bad_option', `expected a delay of 0 to ${2 ** 32 - 1} ms, got ${String(delayMs)}`);
  }
  // Copied now, as on the BEAM: later changes do not count, and what cannot be sent is refused here.
  const timer = new SendAfter(kernel, to, kernel.codec === null ? message : kernel.codec.copy(message), delayMs, everyMs);
  timer.arm();
  return timer;
}

/** Milliseconds that were left, or undefined if the timer has fired or was cancelled. OTP: `erlang:cancel_timer/1`. */
export function cancelSendTimer(timer: SendTimer): number | undefined {
  if (!timer.pending) return undefined;
  const left = timer.kernel.timers.remaining(timer);
  timer.drop();
  return left;
}

keep(new SendAfter(null as never, null as never, undefined, 0, null));
