import type { StreamInfo } from '@nats-io/jetstream';

/** Looks that are nearer together say little more. */
const APART_MS = 60_000;

/** Where a stream was when: whatever came later than what is young enough has not been dropped for its age. */
export class KeptSince {
  readonly #now: () => number;
  #samples: { readonly at: number; readonly position: number }[] = [];

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The stream is another one. */
  forget(): void {
    this.#samples = [];
  }

  /** It was looked at just now. */
  seen({ state, config }: StreamInfo): void {
    const at = this.#now();
    const latest = this.#samples.at(-1);
    if (latest === undefined || at - latest.at > APART_MS) this.#samples.push({ at, position: state.last_seq });
    // The newest one that nothing kept is older than says most.
    const oldest = at - Number(config.max_age) / 1e6;
    while (this.#samples.length > 1 && (this.#samples[0] as { readonly at: number }).at < oldest) this.#samples.shift();
  }

  /** No event after this position has been dropped for its age, or for the size of the stream. */
  position({ state, config }: StreamInfo): number {
    const first = state.first_seq - 1;
    const [sample] = this.#samples;
    const isBounded = config.max_bytes > 0;
    const young = sample !== undefined && this.#now() - sample.at < Number(config.max_age) / 1e6;
    return young && !isBounded ? Math.min(first, sample.position) : first;
  }
}
