import { GenServer } from 'rekindle';
import { Readings } from './readings.js';
import type { SensorName } from './sensor-contract.js';

const INTERVAL_MS = 250;

/** One sensor: here a random walk between 0 and 100. A real one would hold the connection to its device. */
export class Sensor extends GenServer<{ info: 'measure' }> {
  #sensor: SensorName = 'temperature';
  #run = 0;
  #value = 50;

  override async init({ sensor }: { sensor: SensorName }): Promise<void> {
    const { run, last = 50 } = await this.call(Readings.at('readings'), 'begin', sensor);
    this.#sensor = sensor;
    this.#run = run;
    this.#value = last;
    this.sendInterval(INTERVAL_MS, 'measure');
  }

  override handleInfo(_measure: 'measure'): void {
    this.#value = Math.min(100, Math.max(0, this.#value + (Math.random() - 0.5) * 12));
    this.cast(Readings.at('readings'), 'add', { sensor: this.#sensor, run: this.#run, value: this.#value });
  }

  break(): void {
    throw new Error(`somebody broke the sensor of ${this.#sensor}`);
  }
}
