import { defineApplication } from 'rekindle';
import { Rooms } from './rooms.js';
import { UserSocket } from './user-socket.js';

/** What runs: the supervised children in start order, and what the server answers. Loaded by every scheduler thread. */
export default defineApplication({
  children: [{ start: Rooms, name: 'rooms' }],
  endpoint: {
    sockets: { '/socket': { handler: UserSocket, longpoll: true } },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      // The official client, as npm has it.
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
    },
  },
});
