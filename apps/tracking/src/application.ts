import { defineApplication } from 'rekindle';
import { TrackingSocket } from './channels.js';
import { LogBook } from './log-book.js';
import { vehicles } from './vehicle.js';

/** Loaded by every scheduler thread. */
export default defineApplication({
  // In this order, and stopped in the other one: vehicles that park at the end still find the log book.
  children: [{ start: LogBook, name: 'log-book' }, vehicles.child],
  endpoint: {
    sockets: { '/socket': { handler: TrackingSocket, longpoll: true, maxChannels: 500 } },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
    },
  },
});
