/** How long a thread looks out before it sleeps: about what falling asleep and being woken take. */
export const LOOK_OUT_MS = 0.1;
/** So often in a row it must have been right to look out, or would have been, before the thread does. */
const PROVEN = 4;
/** What is asked for at most after looking out in vain. */
const MOST_PROVEN = 256;

/**
 * Whether a thread that has nothing to do looks out for messages of other schedulers for a moment instead of going to sleep
 * at once. A thread that another one converses with is woken soon after it has fallen asleep; being woken takes longer than
 * the answer. It looks out only as long as that finds something: where processors are scarce, whoever is to answer may need
 * the one that looks out. OTP: `+sbwt`.
 */
export class Lookout {
  readonly #now: () => number;
  #right = 0;
  #needed = PROVEN;
  #asleepSince = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Looks out, if that has been of use lately; true as soon as `rung` says that something has come. */
  looksOut(rung: () => boolean): boolean {
    if (this.#right < this.#needed) return false;
    const until = this.#now() + LOOK_OUT_MS;
    // The clock is looked at each time: it takes long enough to leave a processor that does two things at once to the other one.
    do {
      if (rung()) {
        this.#needed = PROVEN;
        return true;
      }
    } while (this.#now() < until);
    this.#right = 0;
    this.#needed = Math.min(this.#needed * 2, MOST_PROVEN);
    return false;
  }

  fallsAsleep(): void {
    this.#asleepSince = this.#now();
  }

  /** `byScheduler`: another scheduler has sent something; what the gateway sends says nothing about conversations. */
  wakes(byScheduler: boolean): void {
    if (byScheduler && this.#now() - this.#asleepSince <= LOOK_OUT_MS) this.#right = Math.min(this.#right + 1, MOST_PROVEN);
    else this.#right >>= 1;
    this.#asleepSince = Number.NEGATIVE_INFINITY;
  }
}
