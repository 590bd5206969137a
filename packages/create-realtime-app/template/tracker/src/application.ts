import { defineApplication } from 'rekindle';
import { http } from './http.js';
import { Positions } from './positions.js';
import { UserSocket } from './user-socket.js';

/** What runs: the supervised children in start order, and what the server answers. Loaded by every scheduler thread. */
export default defineApplication({
  children: [{ start: Positions, name: 'positions' }],
  endpoint: {
    sockets: {
      //#if auth
      '/socket': { handler: UserSocket, longpoll: true, authToken: true },
      //#else
      '/socket': { handler: UserSocket, longpoll: true },
      //#end
    },
    http,
    readiness: '/ready',
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      // The official client, as npm has it.
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
    },
  },
});
