import { Train } from './train.js';

export interface Flushes {
  flush(): void;
}

/**
 * When the event loop has gone round, all sockets are sent what they got meanwhile, in one write each: a broadcast of one
 * publisher leaves together with those of others that came in the same round.
 */
export class NodeOutbox {
  /** Every socket's train begins with it. */
  start: Train = new Train();
  #sockets: Flushes[] = [];
  readonly #flush = (): void => {
    const sockets = this.#sockets;
    this.#sockets = [];
    for (const socket of sockets) socket.flush();
    this.start = new Train();
  };

  /** The socket has something to send. */
  add(socket: Flushes): void {
    this.#sockets.push(socket);
    if (this.#sockets.length === 1) setImmediate(this.#flush);
  }
}
