import { GenServer } from 'rekindle';

/** What is written down of a vehicle when it parks. */
export interface Entry {
  readonly x: number;
  readonly y: number;
  readonly travelled: number;
}

/** Knows of all vehicles what they have written down. In memory here; elsewhere a table of a database. */
export class LogBook extends GenServer {
  readonly #entries = new Map<string, Entry>();

  write(vehicle: string, entry: Entry): void {
    this.#entries.set(vehicle, entry);
  }

  read(vehicle: string): Entry | undefined {
    return this.#entries.get(vehicle);
  }
}
