import type { UwsSocket } from './uws-socket.js';

interface Publication {
  readonly row: string;
  readonly frame: string | Uint8Array;
  readonly except: UwsSocket | undefined;
}

/** Publishes natively, to all sockets of a row. */
export type Publish = (row: string, frame: string | Uint8Array) => void;

/**
 * What is to be sent when the event loop has gone round: to single sockets, in one write each; and to rows, all at once.
 * uWebSockets.js writes what was published twice a round, before and after it waits for I/O, and each time once per socket.
 * Published at one place, the frames of a round cost one write per socket. Nobody overtakes: before something is published,
 * what was sent before it is written, and the other way round.
 */
export class Outbox {
  readonly #publish: Publish;
  #sockets: UwsSocket[] = [];
  #publications: Publication[] = [];
  #scheduled = false;

  constructor(publish: Publish) {
    this.#publish = publish;
  }

  /** The socket has frames to send. */
  add(socket: UwsSocket): void {
    this.settle();
    this.#sockets.push(socket);
    this.#schedule();
  }

  publish(row: string, frame: string | Uint8Array, except: UwsSocket | undefined): void {
    this.#flushSockets();
    this.#publications.push({ row, frame, except });
    this.#schedule();
  }

  /** Publishes what waits: before sockets come to rows or leave them, or are closed. */
  settle(): void {
    if (this.#publications.length === 0) return;
    const publications = this.#publications;
    this.#publications = [];
    for (const { row, frame, except } of publications) if (except?.publish(row, frame) !== true) this.#publish(row, frame);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flushSockets();
      this.settle();
    });
  }

  #flushSockets(): void {
    if (this.#sockets.length === 0) return;
    const sockets = this.#sockets;
    this.#sockets = [];
    for (const socket of sockets) socket.flush();
  }
}
