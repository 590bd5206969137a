import type { Hub } from '@rekindle/pubsub/internal';
import type { Connection } from './connection.js';

/** The connections of a node: by number, and by the topic whose `disconnect` event closes them. */
export class Connections {
  readonly #hub: Hub;
  readonly #byNumber = new Map<number, Connection>();
  readonly #byId = new Map<string, Set<Connection>>();
  #next = 1;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  /** A number that no connection has had. */
  newNumber(): number {
    return this.#next++;
  }

  add(connection: Connection): void {
    this.#byNumber.set(connection.id, connection);
  }

  delete(connection: Connection): void {
    this.#byNumber.delete(connection.id);
    this.forgetId(connection);
  }

  get(id: number): Connection | undefined {
    return this.#byNumber.get(id);
  }

  /** Null for a connection that is gone, or that another thread serves by now. */
  servedBy(thread: number, id: number): Connection | null {
    const connection = this.#byNumber.get(id);
    return connection === undefined || connection.thread !== thread ? null : connection;
  }

  all(): Iterable<Connection> {
    return this.#byNumber.values();
  }

  /** From now on the connection is closed by the `disconnect` event of the id that it was accepted with. */
  rememberId(connection: Connection): void {
    const id = connection.accepted?.id;
    if (id === undefined || this.#byId.get(id)?.has(connection) === true) return;
    const sharing = this.#byId.get(id);
    if (sharing === undefined) this.#byId.set(id, new Set([connection]));
    else sharing.add(connection);
    this.#hub.connectionJoins(id);
  }

  forgetId(connection: Connection): void {
    const id = connection.accepted?.id;
    const sharing = id === undefined ? undefined : this.#byId.get(id);
    if (id === undefined || sharing?.delete(connection) !== true) return;
    if (sharing.size === 0) this.#byId.delete(id);
    this.#hub.connectionLeaves(id);
  }

  disconnect(id: string): void {
    for (const connection of this.#byId.get(id) ?? []) connection.socket?.close(1001, '');
  }
}
