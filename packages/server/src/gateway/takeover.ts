import type { Hub } from '@rekindle/pubsub/internal';
import type { Connection } from './connection.js';
import type { Connections } from './connections.js';
import type { SchedulerPort } from './scheduler-port.js';
import type { Schedulers } from './schedulers.js';
import type { Topics } from './topics.js';

/**
 * What becomes of a thread's connections when it dies: their sockets stay open, their topics are told at once, and another
 * scheduler takes them over.
 */
export class Takeover {
  readonly #schedulers: Schedulers;
  readonly #connections: Connections;
  readonly #topics: Topics;
  readonly #hub: Hub;
  /** Connections whose thread has died while no other was there to take over. */
  readonly #orphans = new Set<Connection>();

  constructor(schedulers: Schedulers, connections: Connections, topics: Topics, hub: Hub) {
    this.#schedulers = schedulers;
    this.#connections = connections;
    this.#topics = topics;
    this.#hub = hub;
  }

  schedulerUp(port: SchedulerPort): void {
    this.#schedulers.add(port);
    for (const connection of this.#orphans) this.#revive(connection);
    this.#orphans.clear();
  }

  /** The thread's actors are gone. */
  schedulerDown(port: SchedulerPort): void {
    const { thread } = port;
    this.#schedulers.remove(thread);
    port.gone();
    this.#hub.drop(port);
    for (const connection of this.#connections.all()) {
      if (connection.thread !== thread) continue;
      this.#topics.failAll(connection);
      if (this.#schedulers.size === 0) this.#orphans.add(connection);
      else this.#revive(connection);
    }
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#orphans.delete(connection);
  }

  #revive(connection: Connection): void {
    if (connection.ended) return;
    const port = this.#schedulers.leastLoaded() as SchedulerPort;
    this.#schedulers.load(connection.thread, -1);
    connection.thread = port.thread;
    this.#schedulers.load(port.thread, 1);
    const { open, accepted } = connection;
    if (open === null) return; // its thread cannot die
    if (accepted === null) port.open(open);
    else port.revive({ open, accepted });
    for (const frame of connection.takeKept()) port.frame(connection.id, frame);
  }
}
