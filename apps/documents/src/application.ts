import { fileURLToPath } from 'node:url';
import { defineApplication, Supervisor, supervise } from 'rekindle';
import { ReaderSocket } from './document-channel.js';
import { Library } from './library.js';
import { Watcher } from './watcher.js';

const folder = process.env.FOLDER ?? fileURLToPath(new URL('../pages', import.meta.url));

/** A library that starts anew is empty, so the watcher after it starts too, and fills it. The other way round nothing is lost. */
class Reading extends Supervisor {
  override init() {
    return supervise({
      strategy: 'restForOne',
      // Everybody may crash the watcher here.
      maxRestarts: 30,
      maxSeconds: 5,
      children: [
        { start: Library, name: 'library' },
        { start: Watcher, name: 'watcher', args: { folder } },
      ],
    });
  }
}

/** Loaded by every scheduler thread. */
export default defineApplication({
  children: [Reading],
  endpoint: {
    sockets: { '/socket': { handler: ReaderSocket, longpoll: true } },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
      '/vendor/rekindle': new URL('.', import.meta.resolve('@rekindle/client')),
    },
  },
});
