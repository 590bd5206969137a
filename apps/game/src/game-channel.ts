import { Channel, type ChannelOptions, error, type HandleIn, routes, Socket } from 'rekindle';
import { z } from 'zod';
import { Game, TICK_MS } from './game.js';
import { GameContract } from './game-contract.js';

/** One window of one player. It ends with the game. */
export class GameChannel extends Channel<GameContract, PlayerSocket> {
  static contract = GameContract;
  /** Who reads slowly sees the newest world, not each one that was. */
  static override readonly options: ChannelOptions = { conflate: { everyMs: TICK_MS } };

  override async join() {
    return { you: await this.call(Game.at('game'), 'enter', this.self, this.assigns.name) };
  }

  static handleIn: HandleIn<GameChannel> = {
    steer({ to }) {
      this.cast(Game.at('game'), 'steer', this.self, to);
    },
    crash() {
      this.cast(Game.at('game'), 'crash');
    },
  };
}

const Name = z.string().trim().min(1).max(20);

/** Everybody is who they say; a `Token` would know better. */
export class PlayerSocket extends Socket<{ name: string }> {
  static channels = routes({ game: GameChannel });

  override connect({ name }: { readonly [key: string]: unknown }) {
    const { success, data } = Name.safeParse(name);
    return success ? { name: data } : error({ reason: 'name: expected 1 to 20 characters' });
  }
}
