import { defineApplication, routes, Socket } from 'rekindle';
import { MatchChannel, ScoreChannel } from './channels.js';
import { settings } from './settings.js';

/** Everybody may watch, and nobody sends anything. */
class FanSocket extends Socket {
  static channels = routes({ 'score:*': ScoreChannel, 'match:*': MatchChannel });

  override connect() {
    return {};
  }
}

/** Loaded by every scheduler thread. */
export default defineApplication({
  children: [],
  endpoint: {
    sockets: { '/socket': { handler: FanSocket, sse: '/sse' } },
    publish: { keys: [{ name: 'reporter', key: settings(process.env).publishKey, topics: ['score:*', 'match:*'] }] },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      // The official client, as npm has it.
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
      '/vendor/rekindle': new URL('.', import.meta.resolve('@rekindle/client')),
    },
  },
});
