import { defineApplication } from 'rekindle';
import { Rooms } from './rooms.js';
import { UserSocket } from './user-socket.js';

/** Loaded by every scheduler thread. */
export default defineApplication({
  children: [{ start: Rooms, name: 'rooms' }],
  endpoint: {
    sockets: { '/socket': { handler: UserSocket, longpoll: true } },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      // The official client, as npm has it.
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
      '/vendor/rekindle': new URL('.', import.meta.resolve('@rekindle/client')),
    },
  },
});
