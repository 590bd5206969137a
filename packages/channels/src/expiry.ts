import { attach, deliver, type Proc, Timer } from '@rekindle/kernel/internal';

/** Longer than a timer can wait: looked at again then. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What a connection was let in with holds no longer. */
export class Expired {}

/** Tells the process of a connection when its time is over. */
export class Expiry extends Timer {
  readonly #proc: Proc;
  #at = 0;

  constructor(proc: Proc) {
    super();
    this.#proc = proc;
  }

  /** `at`: milliseconds since 1970; undefined for never. Takes the place of what was set before. */
  set(at: number | undefined): void {
    if (this.pending) this.drop();
    if (at === undefined) return;
    this.#at = at;
    this.#wait();
  }

  #wait(): void {
    const { timers, host } = this.#proc.kernel;
    attach(this.#proc, this);
    timers.start(this, Math.min(MAX_DELAY_MS, Math.max(0, this.#at - host.wallTime())));
  }

  override fire(): void {
    this.drop();
    if (this.#at > this.#proc.kernel.host.wallTime()) this.#wait();
    else deliver(this.#proc, new Expired());
  }
}
