import { defineApplication, Supervisor, supervise } from 'rekindle';
import { Readings } from './readings.js';
import { Sensor } from './sensor.js';
import { WatcherSocket } from './sensor-channel.js';
import { SENSORS } from './sensor-contract.js';

/** Everybody may break sensors here, so there may be many restarts. */
class Sensors extends Supervisor {
  override init() {
    const children = SENSORS.map((sensor) => ({ start: Sensor, id: sensor, name: sensor, args: { sensor } }));
    return supervise({ maxRestarts: 30, maxSeconds: 5, children });
  }
}

/** Loaded by every scheduler thread. */
export default defineApplication({
  children: [{ start: Readings, name: 'readings' }, Sensors],
  endpoint: {
    sockets: { '/socket': { handler: WatcherSocket, longpoll: true } },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
    },
  },
});
