import { broadcast, entities, GenServer } from 'rekindle';
import type { At } from './contracts.js';
import { type Entry, LogBook } from './log-book.js';

/** One vehicle, as long as it moves. The first message to it starts its process; who does nothing for a while is parked: stopped. */
class Vehicle extends GenServer {
  #name = '';
  #last: Entry | undefined;

  override async init(name: string): Promise<void> {
    this.trapExit(true);
    this.#name = name;
    this.#last = await this.call(LogBook.at('log-book'), 'read', name);
  }

  drive(x: number, y: number): void {
    const { travelled, ...from } = this.#last ?? { x, y, travelled: 0 };
    this.#last = { x, y, travelled: travelled + Math.hypot(x - from.x, y - from.y) };
    this.#tell(false);
  }

  /** The next run of this vehicle, on whichever node, goes on from here. */
  override async terminate(): Promise<void> {
    if (this.#last === undefined) return;
    await this.call(LogBook.at('log-book'), 'write', this.#name, this.#last);
    this.#tell(true);
  }

  #tell(parked: boolean): void {
    if (this.#last !== undefined) broadcast(`vehicle:${this.#name}`, 'at', { ...this.#last, parked } satisfies At);
  }
}

/** One process for each vehicle, on all nodes: whoever asks for `van-7` reaches the same one. */
export const vehicles = entities({ name: 'vehicles', entity: Vehicle, passivateAfterMs: Number(process.env.PARK_AFTER_MS ?? 20_000) });
