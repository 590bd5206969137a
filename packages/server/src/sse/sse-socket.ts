import { Readable } from 'node:stream';
import { readSseFrame, type SseFrame, sseEvent } from '@rekindle/channels/wire';
import type { AdapterSocket, SocketEvents } from '../adapters/adapter.js';
import { worthTelling } from '../adapters/pressure.js';
import type { LongPollRows } from '../gateway/long-poll-rows.js';
import { Positions } from './event-id.js';

type Reply = Extract<SseFrame, { kind: 'reply' }>;

/** What of a reply to a join of a recoverable topic is used. */
interface Recovery {
  readonly cursor: string;
  readonly recovered?: boolean;
  readonly reason?: string;
  readonly events?: readonly { readonly event: string; readonly payload: unknown; readonly position: number }[];
}

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

  constructor(rows: LongPollRows, at: ReadonlyMap<string, string | null>, maxBufferedBytes: number, events: SocketEvents) {
    this.#rows = rows;
    this.#positions = new Positions(at);
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#events = events;
    this.stream = new Readable({ read: () => this.#told > 0 && this.#look(), highWaterMark: 0 });
    // The client went away, or has been sent everything after the end.
    this.stream.on('close', () => this.close());
    this.stream.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get bufferedBytes(): number {
    return this.stream.readableLength;
  }

  send(frame: string | Uint8Array): void {
    if (!this.#open || typeof frame !== 'string') return;
    const read = readSseFrame(frame);
    if (read.kind === 'end') this.close();
    else if (read.kind === 'reply') this.#answered(read);
    else {
      if (read.position !== undefined) this.#positions.reached(read.topic, read.position);
      this.#event(read.text, read.position !== undefined);
    }
  }

  #answered({ topic, status, response }: Reply): void {
    if (status !== 'ok') {
      this.refused.push({ topic, response });
      this.#channel({ topic, status: 'refused', response });
      return;
    }
    this.joined++;
    const { recovery, ...rest } = isObject(response) ? (response as { recovery?: Recovery }) : { recovery: undefined };
    if (recovery === undefined) {
      this.#channel({ topic, status: 'joined', response });
      return;
    }
    const { cursor, recovered, reason, events = [] } = recovery;
    this.#channel({ topic, status: 'joined', response: rest, recovered, reason });
    const topicText = JSON.stringify(topic);
    // In one piece: each write costs more than an event.
    let text = '';
    // Where it was is of this numbering, or there is nothing that was missed.
    for (const missed of events) {
      this.#positions.reached(topic, missed.position);
      text += `id: ${this.#positions.id}\n${sseEvent(missed.event, topicText, JSON.stringify(missed.payload))}`;
    }
    this.#positions.joined(topic, cursor);
    this.write(`${text}id: ${this.#positions.id}\n\n`);
  }

  /** What became of a topic. */
  #channel(said: object): void {
    this.write(`event: channel\ndata: ${JSON.stringify(said)}\n\n`);
  }

  #event(text: string, hasId: boolean): void {
    this.write(hasId ? `id: ${this.#positions.id}\n${text}` : text);
  }

  /** Text as it stands: also what keeps the line open. */
  write(text: string): void {
    if (!this.#open) return;
    this.stream.push(text);
    if (this.bufferedBytes > this.#maxBufferedBytes) {
      this.#events.slow();
      this.stream.destroy();
    } else this.#look();
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
