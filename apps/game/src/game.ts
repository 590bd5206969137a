import { broadcast, type Exit, GenServer, type Pid } from 'rekindle';
import type { Shown } from './game-contract.js';
import { Scores, type Standing } from './scores.js';
import { type Direction, enter, leave, newWorld, steer, tick, type World } from './world.js';

export const TICK_MS = 50;

/**
 * The only one who knows what is so: where everybody is, and who got what. Players say where they want to go, and are told the rest,
 * twenty times a second.
 */
export class Game extends GenServer<{ info: 'tick' }> {
  #world: World = newWorld(Number(process.env.COINS ?? 6), Math.random);
  #standing: Standing = { round: 0, scores: {} };
  #ticks = 0;

  override async init(): Promise<void> {
    // The exits of players come as messages; mine ends them.
    this.trapExit(true);
    this.#standing = await this.call(Scores.at('scores'), 'begin');
    this.sendInterval(TICK_MS, 'tick');
  }

  /** Links the player's channel and the game: when it ends it leaves, when the game ends it ends too, and its client joins anew. */
  enter(channel: Pid, name: string): string {
    this.link(channel);
    this.#world = enter(this.#world, String(channel), name, Math.random);
    return String(channel);
  }

  steer(channel: Pid, direction: Direction): void {
    this.#world = steer(this.#world, String(channel), direction);
  }

  override async handleInfo(message: 'tick' | Exit): Promise<void> {
    if (message !== 'tick') {
      this.#world = leave(this.#world, String(message.pid));
      return;
    }
    const { world, got } = tick(this.#world, Math.random);
    this.#world = world;
    this.#ticks++;
    // Kept first, shown afterwards: nobody sees a point that a crash could take away again.
    if (got.length > 0) this.#standing = await this.call(Scores.at('scores'), 'add', got);
    const players = world.players.map(({ id, name, x, y }) => ({ id, name, x, y }));
    broadcast('game', 'world', { ...this.#standing, tick: this.#ticks, players, coins: world.coins } as Shown);
  }

  crash(): void {
    throw new Error('somebody pressed "Crash the game"');
  }
}
