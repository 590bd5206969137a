import { Readable } from 'node:stream';
import { isSseReply, readSseFrame } from '@rekindle/channels/wire';
import type { AdapterSocket, SocketEvents } from '../adapters/adapter.js';
import { worthTelling } from '../adapters/pressure.js';
import type { LongPollRows } from '../gateway/long-poll-rows.js';
import { Positions } from './event-id.js';
import { type JoinAnswer, joinAnswer } from './join-answer.js';

/** A join that was refused. */
export interface RefusedTopic {
  readonly topic: string;
  readonly response: unknown;
}

/** A client that reads server-sent events, as the gateway sees it. What is wrong ends the stream: the client asks again, and is recovered. */
export class SseSocket implements AdapterSocket {
  readonly stream: Readable;
  readonly refused: RefusedTopic[] = [];
  readonly #rows: LongPollRows;
  readonly #joinedRows = new Set<string>();
  readonly #positions: Positions;
  readonly #maxBufferedBytes: number;
  readonly #events: SocketEvents;
  /** Topics whose joins have been answered with ok. */
  joined = 0;
  #open = true;
  #told = 0;
  /** Somebody takes what is written. */
  #isRead = false;
  /** What was written before that: it goes out in one piece. */
  #early = '';

  constructor(rows: LongPollRows, at: ReadonlyMap<string, string | null>, maxBufferedBytes: number, events: SocketEvents) {
    this.#rows = rows;
    this.#positions = new Positions(at);
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#events = events;
    this.stream = new Readable({ read: () => this.#read(), highWaterMark: 0 });
    // The client went away, or has been sent everything after the end.
    this.stream.on('close', () => this.close());
    this.stream.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get bufferedBytes(): number {
    return this.stream.readableLength + this.#early.length;
  }

  send(frame: string | Uint8Array): void {
    if (!this.#open || typeof frame !== 'string') return;
    if (isSseReply(frame)) {
      this.#answered(joinAnswer(frame));
      return;
    }
    const read = readSseFrame(frame);
    if (read.kind === 'end') this.close();
    else if (read.kind === 'event') {
      if (read.position !== undefined) this.#positions.reached(read.topic, read.position);
      this.#event(read.text, read.position !== undefined);
    }
  }

  #answered({ topic, joined, response, text, cursor, missed }: JoinAnswer): void {
    if (joined) this.joined++;
    else this.refused.push({ topic, response });
    if (cursor === null) {
      this.write(text);
      return;
    }
    // In one piece: each write costs more than an event.
    let all = text;
    // Where it was is of this numbering, or there is nothing that was missed.
    for (const { position, text } of missed) {
      this.#positions.reached(topic, position);
      all += `id: ${this.#positions.id}\n${text}`;
    }
    this.#positions.joined(topic, cursor);
    this.write(`${all}id: ${this.#positions.id}\n\n`);
  }

  #event(text: string, hasId: boolean): void {
    this.write(hasId ? `id: ${this.#positions.id}\n${text}` : text);
  }

  /** Text as it stands: also what keeps the line open. */
  write(text: string): void {
    if (!this.#open) return;
    if (this.#isRead) this.stream.push(text);
    else this.#early += text;
    if (this.bufferedBytes > this.#maxBufferedBytes) {
      this.#events.slow();
      this.stream.destroy();
    } else this.#look();
  }

  #read(): void {
    this.#pushEarly();
    if (this.#told > 0) this.#look();
  }

  #pushEarly(): void {
    this.#isRead = true;
    const text = this.#early;
    this.#early = '';
    if (text !== '' && !this.stream.destroyed) this.stream.push(text);
  }

  #look(): void {
    const waits = this.bufferedBytes;
    if (!worthTelling(this.#told, waits, this.#maxBufferedBytes)) return;
    this.#told = waits;
    this.#events.pressure(waits);
  }

  /** The end of the stream: a browser comes back, unless it is answered with a status that says not to. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const row of this.#joinedRows) this.#rows.leave(row, this);
    this.#joinedRows.clear();
    this.#pushEarly();
    this.stream.push(null);
    this.#events.closed();
  }

  join(row: string): void {
    this.#joinedRows.add(row);
    this.#rows.join(row, this);
  }

  leave(row: string): void {
    this.#joinedRows.delete(row);
    this.#rows.leave(row, this);
  }
}
