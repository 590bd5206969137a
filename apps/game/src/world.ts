// The rules: data in, data out. No clock, no process, no chance but what is handed in.

export const WIDTH = 600;
export const HEIGHT = 400;
/** Per tick. */
export const SPEED = 6;
/** A coin is had from so far away. */
const REACH = 18;

export const DIRECTIONS = ['stop', 'left', 'right', 'up', 'down'] as const;
export type Direction = (typeof DIRECTIONS)[number];

const MOVES: { readonly [D in Direction]: readonly [number, number] } = {
  stop: [0, 0],
  left: [-SPEED, 0],
  right: [SPEED, 0],
  up: [0, -SPEED],
  down: [0, SPEED],
};

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Player extends Place {
  readonly id: string;
  readonly name: string;
  readonly direction: Direction;
}

export interface World {
  readonly players: readonly Player[];
  readonly coins: readonly Place[];
}

/** From 0 to 1, as `Math.random`. */
export type Chance = () => number;

const somewhere = (chance: Chance): Place => ({ x: Math.round(chance() * WIDTH), y: Math.round(chance() * HEIGHT) });

export function newWorld(coins: number, chance: Chance): World {
  return { players: [], coins: Array.from({ length: coins }, () => somewhere(chance)) };
}

export function enter(world: World, id: string, name: string, chance: Chance): World {
  const player: Player = { id, name, direction: 'stop', ...somewhere(chance) };
  return { ...world, players: [...world.players.filter((other) => other.id !== id), player] };
}

export function leave(world: World, id: string): World {
  return { ...world, players: world.players.filter((player) => player.id !== id) };
}

/** A player may say where to. Where that leads, the rules say. */
export function steer(world: World, id: string, direction: Direction): World {
  return { ...world, players: world.players.map((player) => (player.id === id ? { ...player, direction } : player)) };
}

/** One tick. Also the names of those who have got a coin, once for each; of two who reach it, it is who has been in longer. */
export function tick(world: World, chance: Chance): { world: World; got: readonly string[] } {
  const players = world.players.map(move);
  const got: string[] = [];
  const coins = world.coins.map((coin) => {
    const finder = players.find(({ x, y }) => Math.hypot(x - coin.x, y - coin.y) <= REACH);
    if (finder === undefined) return coin;
    got.push(finder.name);
    return somewhere(chance);
  });
  return { world: { players, coins }, got };
}

function move(player: Player): Player {
  const [dx, dy] = MOVES[player.direction];
  return { ...player, x: Math.min(WIDTH, Math.max(0, player.x + dx)), y: Math.min(HEIGHT, Math.max(0, player.y + dy)) };
}
