import { NotKept } from '@rekindle/pubsub/internal';

/** What waits until it is kept. */
export interface Publication {
  readonly subject: string;
  readonly frame: Uint8Array;
  readonly key: string;
}

/** What became of an attempt: its position, and whether the key was there before. Null: nobody knows. */
export type Attempt = { readonly position: number; readonly duplicate: boolean } | null;

interface Item extends Publication {
  readonly number: number;
  /** When it was sent first; null: never. */
  sentAt: number | null;
  readonly resolve: (position: number) => void;
  readonly reject: (error: NotKept) => void;
}

/** So many are under way at a time. */
const WINDOW = 256;
const MAX_BYTES = 16 * 2 ** 20;

/**
 * Sends publications in order, each until it is confirmed. What may have been lost with others is sent again before anything newer,
 * and one at a time until one is confirmed: so they are kept in the order in which they were published.
 */
export class Outbox {
  readonly #attempt: (publication: Publication) => Promise<Attempt>;
  readonly #now: () => number;
  readonly #giveUpMs: number;
  /** Not under way, in order; what stands before the first is cut off now and then. */
  #waiting: Item[] = [];
  #first = 0;
  readonly #flying = new Set<Item>();
  #bytes = 0;
  #number = 0;
  #open = false;
  /** Attempts of before count no more. */
  #generation = 0;
  #window = 1;
  #paused = false;
  /** Counts failures. */
  #era = 0;

  /** `now` in milliseconds. What was sent and is not confirmed after `giveUpMs` is not sent again: its key may not be known any more. */
  constructor(attempt: (publication: Publication) => Promise<Attempt>, now: () => number, giveUpMs: number) {
    this.#attempt = attempt;
    this.#now = now;
    this.#giveUpMs = giveUpMs;
  }

  get size(): number {
    return this.#waiting.length - this.#first + this.#flying.size;
  }

  /** Resolves with its position, or 0 for a repeat. Rejects with `NotKept`. */
  add(publication: Publication): Promise<number> {
    const { length } = publication.frame;
    if (this.#bytes + length > MAX_BYTES) {
      return Promise.reject(new NotKept('full', `${this.size} events of ${this.#bytes} bytes wait for JetStream already`));
    }
    this.#bytes += length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...publication, number: this.#number++, sentAt: null, resolve, reject });
      this.#pump();
    });
  }

  /** There is somebody to send to. */
  open(): void {
    this.#open = true;
    this.#paused = false;
    this.#pump();
  }

  /** What is under way may be lost. */
  close(): void {
    this.#open = false;
    this.#generation++;
    this.#again([...this.#flying]);
  }

  /** Gives up what nobody may send any more. */
  expire(): void {
    const oldest = this.#now() - this.#giveUpMs;
    const waiting = this.#waiting.slice(this.#first);
    this.#waiting = waiting.filter((item) => !isLate(item, oldest));
    this.#first = 0;
    for (const item of waiting) {
      if (!isLate(item, oldest)) continue;
      this.#bytes -= item.frame.length;
      item.reject(new NotKept('no_answer', `JetStream has not said for ${this.#giveUpMs} ms whether it keeps an event`));
    }
  }

  #pump(): void {
    while (this.#open && !this.#paused && this.#flying.size < this.#window && this.#first < this.#waiting.length) {
      this.#send(this.#waiting[this.#first++] as Item);
    }
    if (this.#first < 1024 && this.#first < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }

  #send(item: Item): void {
    const generation = this.#generation;
    const era = this.#era;
    const again = item.sentAt !== null;
    item.sentAt ??= this.#now();
    this.#flying.add(item);
    void this.#attempt(item).then((result) => {
      if (generation !== this.#generation) return;
      if (result === null) {
        // The others that are under way may have failed as well: nothing newer before they have been sent again.
        this.#paused = true;
        this.#again([item]);
        return;
      }
      this.#flying.delete(item);
      this.#bytes -= item.frame.length;
      if (era === this.#era) this.#window = WINDOW;
      item.resolve(result.duplicate && !again ? 0 : result.position);
      this.#pump();
    });
  }

  #again(items: readonly Item[]): void {
    this.#era++;
    this.#window = 1;
    for (const item of items) this.#flying.delete(item);
    this.#waiting = [...items, ...this.#waiting.slice(this.#first)].sort((a, b) => a.number - b.number);
    this.#first = 0;
  }
}

function isLate({ sentAt }: Item, oldest: number): boolean {
  return sentAt !== null && sentAt < oldest;
}
