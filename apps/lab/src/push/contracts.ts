import { type } from 'arktype';
import { contract } from 'rekindle';
import * as v from 'valibot';
import { z } from 'zod';

// The same contract in three libraries: what fits one fits all.

const said = z.object({ reached: z.unknown() });

export const inZod = contract({
  in: {
    score: {
      payload: z.object({ team: z.enum(['home', 'away']), minute: z.int().min(0).max(120), scorer: z.object({ name: z.string().min(1) }) }),
      reply: said,
    },
  },
  out: {},
});

export const inValibot = contract({
  in: {
    score: {
      payload: v.object({
        team: v.picklist(['home', 'away']),
        minute: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(120)),
        scorer: v.object({ name: v.pipe(v.string(), v.minLength(1)) }),
      }),
      reply: said,
    },
  },
  out: {},
});

export const inArktype = contract({
  in: {
    score: {
      payload: type({ team: "'home' | 'away'", minute: '0 <= number.integer <= 120', scorer: { name: 'string >= 1' } }),
      reply: said,
    },
  },
  out: {},
});
