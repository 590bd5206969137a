import type { WebSocket } from 'uWebSockets.js';
import { type AdapterSocket, CLOSE_SLOW, type HandshakeEvents, SLOW_REASON, type SocketEvents } from './adapter.js';
import { worthTelling } from './pressure.js';
import type { Outbox } from './uws-outbox.js';

/** uWebSockets.js keeps a copy of this object, so what changes is behind `link`. */
export interface UserData {
  readonly link: { socket: UwsSocket | null; ended: boolean; readonly events: HandshakeEvents };
}

/** Past so many limits uWebSockets.js ends the socket itself; up to there the close code can still be said. */
export const HARD_LIMIT = 2;
/** The code of a socket that ended without one. */
export const CLOSED_WITHOUT_CODE = 1006;

/** A row that nobody publishes to. */
const NO_ROW = ' ';

/** What `send` answers. */
const SENT = 1;
const DROPPED = 2;

/** An open WebSocket of uWebSockets.js, and what is left of it when it is gone. */
export class UwsSocket implements AdapterSocket {
  readonly #outbox: Outbox;
  readonly #limit: number;
  readonly #compress: boolean;
  readonly #events: SocketEvents;
  #ws: WebSocket<UserData> | null;
  /** What the gateway knows of what waits to be sent. */
  #told = 0;
  #slow = false;
  #rows = 0;
  /** Not written yet; `#more` follow `#first`. */
  #first: string | Uint8Array | null = null;
  #more: (string | Uint8Array)[] | null = null;

  constructor(ws: WebSocket<UserData>, outbox: Outbox, limit: number, compress: boolean, events: SocketEvents) {
    this.#ws = ws;
    this.#outbox = outbox;
    this.#limit = limit;
    this.#compress = compress;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#ws !== null;
  }

  /** Tells the gateway what waits, if it has changed much; ends the socket if it is too much. */
  look(): void {
    const ws = this.#ws;
    if (ws === null) return;
    const waits = ws.getBufferedAmount();
    if (waits > this.#limit) {
      this.#isSlow();
      ws.end(CLOSE_SLOW, SLOW_REASON);
    } else if (worthTelling(this.#told, waits, this.#limit)) {
      this.#told = waits;
      this.#events.pressure(waits);
    }
  }

  #isSlow(): void {
    if (this.#slow) return;
    this.#slow = true;
    this.#events.slow();
  }

  get bufferedBytes(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  send(frame: string | Uint8Array): void {
    if (this.#first === null) {
      this.#first = frame;
      this.#outbox.add(this);
    } else if (this.#more === null) this.#more = [frame];
    else this.#more.push(frame);
  }

  flush(): void {
    const first = this.#first;
    const more = this.#more;
    if (first === null) return;
    this.#first = this.#more = null;
    const ws = this.#ws;
    if (ws === null) return;
    let sent = SENT;
    if (more === null) sent = ws.send(first, typeof first !== 'string', this.#compress);
    else {
      ws.cork(() => {
        sent = ws.send(first, typeof first !== 'string', this.#compress);
        // Sending may end the socket; and a client that does not read is going to be cut off.
        for (let i = 0; i < more.length && this.#ws !== null; i++) {
          if (sent !== SENT && ws.getBufferedAmount() > this.#limit) break;
          const frame = more[i] as string | Uint8Array;
          sent = ws.send(frame, typeof frame !== 'string', this.#compress);
        }
      });
    }
    if (sent === DROPPED) this.#isSlow();
    else if (sent !== SENT || this.#told !== 0) this.look();
  }

  /** To the other sockets of a row; false if this one is gone. */
  publish(row: string, frame: string | Uint8Array): boolean {
    if (this.#ws === null) return false;
    this.#ws.publish(row, frame, typeof frame !== 'string', this.#compress);
    return true;
  }

  close(code: number, reason: string): void {
    this.#outbox.settle();
    this.flush();
    this.#ws?.end(code, reason);
  }

  join(row: string): void {
    this.#outbox.settle();
    this.#rows++;
    this.#ws?.subscribe(row);
  }

  leave(row: string): void {
    this.#outbox.settle();
    this.#rows--;
    // With its last subscription uWebSockets.js drops what has been published to the socket but not written yet, so the
    // socket keeps another one until the loop has gone round.
    if (this.#rows === 0) {
      this.#ws?.subscribe(NO_ROW);
      setImmediate(() => this.#ws?.unsubscribe(NO_ROW));
    }
    this.#ws?.unsubscribe(row);
  }

  /** `published`: bytes since all sockets were looked at. They may have been too much for this one. */
  gone(code: number, published: number): void {
    if (code === CLOSED_WITHOUT_CODE && this.#told + published > this.#limit * HARD_LIMIT) this.#isSlow();
    this.#ws = this.#first = this.#more = null;
  }
}
