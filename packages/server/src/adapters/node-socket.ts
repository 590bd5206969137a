import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { type AdapterSocket, CLOSE_SLOW, SLOW_REASON, type SocketEvents } from './adapter.js';
import type { NodeOutbox } from './node-outbox.js';
import { worthTelling } from './pressure.js';
import type { Train } from './train.js';
import { webSocketFrame } from './websocket-frame.js';

/** What a socket needs of its adapter. */
export interface NodeSockets {
  join(row: string, socket: NodeSocket): void;
  leave(row: string, socket: NodeSocket): void;
  forget(socket: NodeSocket): void;
}

/**
 * A connection of ws. Its messages are framed here and written to the connection past ws, which would take memory and
 * two writes for each frame; what ws says itself (pings, closing) goes between whole frames. Only compressed connections
 * are left to ws.
 */
export class NodeSocket implements AdapterSocket {
  readonly #adapter: NodeSockets;
  readonly #outbox: NodeOutbox;
  readonly #ws: WebSocket;
  readonly #compressed: boolean;
  readonly #maxBufferedBytes: number;
  readonly #events: SocketEvents;
  readonly #rows = new Set<string>();
  /** What has been sent since the event loop's last round. */
  #train: Train | null = null;
  #ended = false;
  /** What the gateway knows of what waits to be sent. */
  #told = 0;

  constructor(adapter: NodeSockets, outbox: NodeOutbox, ws: WebSocket, maxBufferedBytes: number, events: SocketEvents) {
    this.#adapter = adapter;
    this.#outbox = outbox;
    this.#ws = ws;
    this.#compressed = ws.extensions !== '';
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#events = events;
    ws.on('message', (data: RawData, isBinary: boolean) => events.message(data as Buffer, !isBinary));
    ws.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') events.tooLong();
      // `close` follows
    });
    ws.on('close', () => {
      adapter.forget(this);
      this.#ends();
    });
  }

  #ends(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#train = null;
    for (const row of this.#rows) this.#adapter.leave(row, this);
    this.#rows.clear();
    this.#events.closed();
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount + (this.#train === null ? 0 : this.#train.bytes);
  }

  send(frame: string | Uint8Array): void {
    if (!this.#hasRoom()) return;
    if (this.#compressed) this.#sendCompressed(frame);
    else this.#add(webSocketFrame(frame));
  }

  /** As `send`, of a message that is framed already. */
  sendFramed(framed: Buffer, frame: string | Uint8Array): void {
    if (!this.#hasRoom()) return;
    if (this.#compressed) this.#sendCompressed(frame);
    else this.#add(framed);
  }

  #add(framed: Buffer): void {
    if (this.#train === null) {
      this.#train = this.#outbox.start.with(framed);
      this.#outbox.add(this);
    } else this.#train = this.#train.with(framed);
  }

  #sendCompressed(frame: string | Uint8Array): void {
    this.#ws.send(frame);
    if (this.#told !== 0 || this.#ws.bufferedAmount > 0) this.#look();
  }

  /** False for a socket that is closed, or has been now because its client reads too slowly. */
  #hasRoom(): boolean {
    const ws = this.#ws;
    if (ws.readyState !== ws.OPEN) return false;
    if (this.bufferedBytes <= this.#maxBufferedBytes) return true;
    this.flush(); // most of it may be from this round, and the client reads
    if (ws.bufferedAmount <= this.#maxBufferedBytes) return true;
    this.#events.slow();
    ws.close(CLOSE_SLOW, SLOW_REASON);
    this.#ends(); // without waiting for the client to read that
    return false;
  }

  get #duplex(): Duplex {
    return (this.#ws as unknown as { _socket: Duplex })._socket;
  }

  /** Sends what waits for the end of the round. */
  flush(): void {
    const train = this.#train;
    if (train === null) return;
    this.#train = null;
    const ws = this.#ws;
    if (ws.readyState !== ws.OPEN) return;
    this.#duplex.write(train.whole);
    if (this.#told !== 0 || ws.bufferedAmount > 0) this.#look();
  }

  /** Tells the gateway what waits, if it has changed much; and again when it has been sent. */
  #look(): void {
    const waits = this.#ws.bufferedAmount;
    if (!worthTelling(this.#told, waits, this.#maxBufferedBytes)) return;
    if (this.#told === 0) this.#duplex.once('drain', () => this.#look());
    this.#told = waits;
    this.#events.pressure(waits);
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#ws.close(code, reason);
  }

  join(row: string): void {
    this.#rows.add(row);
    this.#adapter.join(row, this);
  }

  leave(row: string): void {
    this.#rows.delete(row);
    this.#adapter.leave(row, this);
  }

  terminate(): void {
    this.#ws.terminate();
  }
}
