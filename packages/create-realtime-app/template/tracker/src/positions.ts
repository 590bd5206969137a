import { broadcast, type Down, GenServer, type Pid, register } from 'rekindle';
import type { MapContract } from './map-contract.js';

export type Position = MapContract['out']['moved'];

interface Tracked {
  readonly pid: Pid;
  readonly topic: string;
  position: Position;
}

/** Where everybody is. It watches the channels: whoever is gone, for whatever reason, leaves the map. */
export class Positions extends GenServer<{ info: Down }> {
  readonly #tracked = new Map<string, Tracked>();

  /** Puts the client of that channel somewhere, and tells the map. */
  move(channel: Pid, topic: string, position: Position): void {
    const id = String(channel);
    const known = this.#tracked.get(id);
    if (known === undefined) {
      this.monitor(channel);
      this.#tracked.set(id, { pid: channel, topic, position });
    } else known.position = position;
    broadcast(topic, 'moved', position);
  }

  /** Everybody on a map. */
  on(topic: string): Position[] {
    return [...this.#tracked.values()].filter((one) => one.topic === topic).map(({ position }) => position);
  }

  override handleInfo({ pid }: Down): void {
    const id = String(pid);
    const gone = this.#tracked.get(id);
    this.#tracked.delete(id);
    if (gone !== undefined) broadcast(gone.topic, 'gone', { id: gone.position.id });
  }
}

register(Positions);
