/** How long a thread looks out before it sleeps: about what falling asleep and being woken take. */
export const LOOK_OUT_MS = 0.1;
/** So often in a row it must have been right to look out, or would have been, before the thread does. */
const PROVEN = 4;
/** What is asked for at most after looking out in vain. */
const MOST_PROVEN = 256;

/**
 * Whether a thread that has said something to another scheduler, and has nothing else to do, looks out for the answer for a
 * moment instead of going to sleep at once: being woken takes longer than most answers. It looks out only as long as that
 * finds something: where processors are scarce, whoever is to answer may need the one that looks out. OTP: `+sbwt`.
 */
export class Lookout {
  readonly #now: () => number;
  #right = 0;
  #needed = PROVEN;
  /** Since when it sleeps and could have looked out instead; negative: it could not. */
  #asleepSince = -1;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether looking out has been of use lately. */
  get useful(): boolean {
    return this.#right >= this.#needed;
  }

  /** Looks out; true as soon as `rung` says that something has come. */
  looksOut(rung: () => boolean): boolean {
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

  /** It sleeps although it could have looked out. */
  sleeps(): void {
    this.#asleepSince = this.#now();
  }

  /** `byScheduler`: it is another scheduler that has sent something. */
  wakes(byScheduler: boolean): void {
    if (this.#asleepSince < 0) return;
    if (byScheduler && this.#now() - this.#asleepSince <= LOOK_OUT_MS) this.#right = Math.min(this.#right + 1, MOST_PROVEN);
    else this.#right >>= 1;
    this.#asleepSince = -1;
  }
}
