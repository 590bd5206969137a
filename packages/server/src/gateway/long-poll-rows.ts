import type { AdapterSocket } from '../adapters/adapter.js';

/** The rows of clients that poll or read server-sent events: sets of sockets that no adapter knows. */
export class LongPollRows {
  readonly #rows = new Map<string, Set<AdapterSocket>>();

  publish(row: string, frame: string | Uint8Array, except: AdapterSocket | undefined): void {
    for (const socket of this.#rows.get(row) ?? []) if (socket !== except) socket.send(frame);
  }

  join(row: string, socket: AdapterSocket): void {
    const sockets = this.#rows.get(row);
    if (sockets === undefined) this.#rows.set(row, new Set([socket]));
    else sockets.add(socket);
  }

  leave(row: string, socket: AdapterSocket): void {
    const sockets = this.#rows.get(row);
    if (sockets?.delete(socket) === true && sockets.size === 0) this.#rows.delete(row);
  }
}
