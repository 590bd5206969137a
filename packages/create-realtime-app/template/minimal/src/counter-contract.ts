import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

const Value = z.object({ value: z.number() });

/** What the topic takes and sends: checked at run time, and the types of both the server and the page. */
export const CounterContract = contract({
  join: { params: z.object({}), reply: Value },
  in: { increment: { payload: z.object({ by: z.int().min(1).max(10) }), reply: Value } },
  out: { changed: z.object({ value: z.number(), by: z.string() }) },
  //#if presence
  presence: z.object({ since: z.number() }),
  //#end
});
export interface CounterContract extends TypesOf<typeof CounterContract> {}
