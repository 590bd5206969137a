import { Channel, type HandleIn, routes, Socket } from 'rekindle';
import { Readings } from './readings.js';
import { Sensor } from './sensor.js';
import { SensorContract } from './sensor-contract.js';

/** One window that watches. */
export class SensorChannel extends Channel<SensorContract, WatcherSocket> {
  static contract = SensorContract;

  override async join() {
    return { readings: await this.call(Readings.at('readings'), 'all') };
  }

  static handleIn: HandleIn<SensorChannel> = {
    break({ sensor }) {
      this.cast(Sensor.at(sensor), 'break');
    },
  };
}

/** Everybody may watch, and break. */
export class WatcherSocket extends Socket {
  static channels = routes({ sensors: SensorChannel });

  override connect() {
    return {};
  }
}
