import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

const Teams = z.object({ home: z.string(), away: z.string() });

/** `score:*`: who leads. Only the newest counts. */
export const ScoreContract = contract({
  join: { reply: Teams },
  in: {},
  out: { score: z.object({ home: z.int(), away: z.int(), minute: z.int() }) },
});
export interface ScoreContract extends TypesOf<typeof ScoreContract> {}

/** `match:*`: what happens, each line of it. */
export const MatchContract = contract({
  join: { reply: Teams },
  in: {},
  out: { line: z.object({ minute: z.int(), text: z.string() }) },
});
export interface MatchContract extends TypesOf<typeof MatchContract> {}

/** The channels by topic, for the page. */
export type Topics = { 'score:*': ScoreContract; 'match:*': MatchContract };
