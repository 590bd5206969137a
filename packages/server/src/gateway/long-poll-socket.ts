import type { AdapterSocket, SocketEvents } from '../adapters/adapter.js';
import { worthTelling } from '../adapters/pressure.js';
import type { LongPollRows } from './long-poll-rows.js';

/** What has been sent to a long-polling client and not been fetched, at most. */
const MAX_BUFFERED_MESSAGES = 10_000;

/** A long-polling client's connection, as the gateway sees it: what is sent waits for the next poll. */
export class LongPollSocket implements AdapterSocket {
  readonly #rows: LongPollRows;
  readonly #joined = new Set<string>();
  readonly #maxBufferedBytes: number;
  readonly #events: SocketEvents;
  #buffer: string[] = [];
  #bytes = 0;
  #poll: ((messages: string[]) => void) | null = null;
  #flushing = false;
  #open = true;
  /** Binary frames that could not be sent: long-polling has no way to say them. */
  dropped = 0;
  #told = 0;

  constructor(rows: LongPollRows, maxBufferedBytes: number, events: SocketEvents) {
    this.#rows = rows;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#events = events;
  }

  get bufferedBytes(): number {
    return this.#bytes;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  send(frame: string | Uint8Array): void {
    if (!this.#open) return;
    if (typeof frame !== 'string') {
      this.dropped++;
      return;
    }
    this.#buffer.push(frame);
    this.#bytes += frame.length;
    if (this.#bytes > this.#maxBufferedBytes || this.#buffer.length > MAX_BUFFERED_MESSAGES) {
      this.#events.slow();
      this.close();
    } else if (this.#poll !== null) this.#flushSoon();
    else this.#look();
  }

  #look(): void {
    if (!worthTelling(this.#told, this.#bytes, this.#maxBufferedBytes)) return;
    this.#told = this.#bytes;
    this.#events.pressure(this.#bytes);
  }

  /** Answers with what is there, or as soon as something is. An earlier poll that still waits gets nothing. */
  poll(answer: (messages: string[]) => void): void {
    this.#poll?.([]);
    this.#poll = answer;
    if (this.#buffer.length > 0) this.#flush();
  }

  /** The poll has waited long enough. */
  cancelPoll(answer: (messages: string[]) => void): void {
    if (this.#poll === answer) this.#poll = null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const row of this.#joined) this.#rows.leave(row, this);
    this.#joined.clear();
    this.#events.closed();
  }

  join(row: string): void {
    this.#joined.add(row);
    this.#rows.join(row, this);
  }

  leave(row: string): void {
    this.#joined.delete(row);
    this.#rows.leave(row, this);
  }

  /** What comes in one turn goes out in one answer. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.#buffer.length > 0) this.#flush();
    });
  }

  #flush(): void {
    const answer = this.#poll;
    if (answer === null) return;
    const messages = this.#buffer;
    this.#poll = null;
    this.#buffer = [];
    this.#bytes = 0;
    answer(messages);
    this.#look();
  }
}
