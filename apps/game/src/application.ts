import { defineApplication, Supervisor, supervise } from 'rekindle';
import { Game } from './game.js';
import { PlayerSocket } from './game-channel.js';
import { Scores } from './scores.js';

/** A crash of the game keeps the scores. Without the scores the game would be wrong: those start both anew. */
class Arena extends Supervisor {
  override init() {
    return supervise({
      strategy: 'restForOne',
      // Everybody may crash it here.
      maxRestarts: 30,
      maxSeconds: 5,
      children: [
        { start: Scores, name: 'scores' },
        { start: Game, name: 'game' },
      ],
    });
  }
}

/** Loaded by every scheduler thread. */
export default defineApplication({
  children: [Arena],
  endpoint: {
    sockets: { '/socket': { handler: PlayerSocket, longpoll: true } },
    static: {
      '/': new URL('../public/', import.meta.url),
      '/client': new URL('client/', import.meta.url),
      '/vendor': new URL('.', import.meta.resolve('phoenix')),
    },
  },
});
