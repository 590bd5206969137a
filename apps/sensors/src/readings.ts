import { broadcast, GenServer } from 'rekindle';
import type { Reading, SensorContract, SensorName } from './sensor-contract.js';

/** Readings kept of each sensor. */
const KEPT = 240;

/** What all sensors have said lately. It outlives each of them. */
export class Readings extends GenServer {
  readonly #bySensor = new Map<SensorName, Reading[]>();
  readonly #runs = new Map<SensorName, number>();

  /** The number of this start of a sensor, from 1, and what it has said last. */
  begin(sensor: SensorName): { run: number; last: number | undefined } {
    const run = (this.#runs.get(sensor) ?? 0) + 1;
    this.#runs.set(sensor, run);
    return { run, last: this.#bySensor.get(sensor)?.at(-1)?.value };
  }

  add(reading: Reading): void {
    this.#bySensor.set(reading.sensor, [...(this.#bySensor.get(reading.sensor) ?? []), reading].slice(-KEPT));
    broadcast('sensors', 'reading', reading satisfies SensorContract['out']['reading']);
  }

  /** Those of one sensor are in the order in which they were made. */
  all(): Reading[] {
    return [...this.#bySensor.values()].flat();
  }
}
