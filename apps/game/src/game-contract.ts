import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';
import { DIRECTIONS } from './world.js';

const place = { x: z.number(), y: z.number() };

export const GameContract = contract({
  join: { reply: z.object({ you: z.string() }) },
  in: {
    /** All that a player can say: there is no place and no score in it that could be wrong. */
    steer: z.object({ to: z.enum(DIRECTIONS) }),
    /** To try what happens. */
    crash: z.object({}),
  },
  out: {
    world: z.object({
      round: z.int(),
      tick: z.int(),
      players: z.array(z.object({ id: z.string(), name: z.string(), ...place })),
      coins: z.array(z.object(place)),
      scores: z.record(z.string(), z.int()),
    }),
  },
});
export interface GameContract extends TypesOf<typeof GameContract> {}

export type Shown = GameContract['out']['world'];
