import type { EndpointSpec } from '../endpoint-spec.js';
import type { Connections } from './connections.js';

/** How often connections are looked at for silence, per timeout. */
const TICKS = 6;

/** Closes WebSockets that are silent for as long as their socket allows. One timer for all of them. */
export class IdleCheck {
  readonly #connections: Connections;
  readonly #counters: { idleClosed: number };
  readonly #everyMs: number;
  readonly #timer: NodeJS.Timeout;
  /** The present. A connection keeps the tick at which it was heard of last. */
  tick = 0;

  constructor(connections: Connections, endpoint: EndpointSpec, counters: { idleClosed: number }, beforehand: () => void) {
    this.#connections = connections;
    this.#counters = counters;
    const shortest = Math.min(...endpoint.sockets.map((socket) => socket.timeoutMs), 60_000);
    this.#everyMs = Math.max(50, shortest / TICKS);
    this.#timer = setInterval(() => {
      beforehand();
      this.#closeIdle();
    }, this.#everyMs);
    this.#timer.unref();
  }

  #closeIdle(): void {
    this.tick++;
    for (const connection of this.#connections.all()) {
      if (connection.origin.transport !== 'websocket') continue;
      if ((this.tick - connection.heardOf - 1) * this.#everyMs < connection.spec.timeoutMs) continue;
      if (connection.socket !== null) this.#counters.idleClosed++;
      connection.socket?.close(1001, '');
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
