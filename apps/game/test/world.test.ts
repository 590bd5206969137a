import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DIRECTIONS, enter, HEIGHT, leave, newWorld, SPEED, steer, tick, WIDTH } from '../dist/world.js';

const COINS = 6;
const seed = process.env.SEED === undefined ? Date.now() : Number(process.env.SEED);

const player = fc.constantFrom('ann', 'bob', 'eve');
const deed = fc.oneof(
  fc.record({ does: fc.constant('enter' as const), player }),
  fc.record({ does: fc.constant('leave' as const), player }),
  fc.record({ does: fc.constant('steer' as const), player, to: fc.constantFrom(...DIRECTIONS) }),
  fc.record({ does: fc.constant('tick' as const) }),
);

it('whatever players do, nobody is faster than the rules, outside, or richer than the coins that are gone', () => {
  const property = fc.property(
    fc.array(deed, { maxLength: 80 }),
    fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    (deeds, dice) => {
      const chance = (): number => dice.next().value;
      let world = newWorld(COINS, chance);
      for (const deed of deeds) {
        if (deed.does === 'enter') world = enter(world, deed.player, deed.player, chance);
        else if (deed.does === 'leave') world = leave(world, deed.player);
        else if (deed.does === 'steer') world = steer(world, deed.player, deed.to);
        else {
          const before = world;
          const { world: after, got } = tick(world, chance);
          for (const { id, x, y } of after.players) {
            const was = before.players.find((other) => other.id === id);
            expect(Math.hypot(x - (was?.x ?? 0), y - (was?.y ?? 0))).toBeLessThanOrEqual(SPEED);
            expect(x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT).toBe(true);
          }
          const moved = after.coins.filter((coin) => !before.coins.includes(coin)).length;
          expect(got.length).toBe(moved);
          world = after;
        }
        expect(world.coins).toHaveLength(COINS);
        expect(new Set(world.players.map(({ id }) => id)).size).toBe(world.players.length);
      }
    },
  );
  fc.assert(property, { seed, numRuns: 200 });
});

it('who stands on a coin gets it, once', () => {
  const places = [...Array.from({ length: COINS }, () => [0.5, 0.5]).flat(), 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const chance = (): number => places.shift() ?? 0;
  const world = enter(newWorld(COINS, chance), '1', 'Ann', chance);
  const first = tick(world, chance);
  expect(first.got).toEqual(Array.from({ length: COINS }, () => 'Ann'));
  expect(tick(first.world, chance).got).toEqual([]);
});
