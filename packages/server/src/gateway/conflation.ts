import { type PolicyTable, policyOf } from '@rekindle/pubsub/internal';
import type { Connection } from './connection.js';
import { Latest } from './latest.js';
import type { Row, Rows } from './rows.js';

/** A client is slow when this part of what may wait for it does. */
const SLOW_PART = 16;

interface Slowed {
  readonly latest: Latest;
  readonly row: Row;
  readonly timer: NodeJS.Timeout;
}

/** Gives clients that read too slowly the newest events instead of all, on topics that say so. */
export class Conflation {
  readonly #rows: Rows;
  readonly #tables: readonly PolicyTable[];
  readonly #slowBytes: number;
  readonly #counters: { conflated: number };
  readonly #slowed = new Set<Slowed>();

  constructor(rows: Rows, tables: readonly PolicyTable[], maxBufferedBytes: number, counters: { conflated: number }) {
    this.#rows = rows;
    this.#tables = tables;
    this.#slowBytes = maxBufferedBytes / SLOW_PART;
    this.#counters = counters;
  }

  isSlow(bufferedBytes: number): boolean {
    return bufferedBytes >= this.#slowBytes;
  }

  /** From now on the connection gets the newest events only, until it has read what waits. */
  slowDown(connection: Connection): void {
    for (const [topic, { row }] of connection.topics) {
      const conflate = policyOf(this.#tables, topic)?.conflate ?? null;
      if (conflate === null || row.slow.has(connection)) continue;
      const latest = new Latest(conflate.key, this.#counters);
      this.#rows.slowDown(row, connection, latest);
      if (row.slow.get(connection) !== latest) continue;
      const slowed: Slowed = { latest, row, timer: setInterval(() => this.#tick(slowed, connection), conflate.everyMs) };
      this.#slowed.add(slowed);
    }
  }

  stop(): void {
    for (const { timer } of this.#slowed) clearInterval(timer);
  }

  #tick(slowed: Slowed, connection: Connection): void {
    const { latest, row } = slowed;
    const left = row.slow.get(connection) !== latest;
    if (!left && connection.socket !== null && this.isSlow(connection.socket.bufferedBytes)) return;
    const frames = left ? [] : latest.drain();
    for (const frame of frames) connection.send(frame);
    const keptUp = latest.replaced === 0;
    latest.replaced = 0;
    if (!left && !keptUp) return;
    // It has left, or nothing had to be left out for a whole period.
    if (!left) this.#rows.speedUp(row, connection);
    clearInterval(slowed.timer);
    this.#slowed.delete(slowed);
  }
}
