import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

/** A part of the map's width or height. */
const part = z.number().min(0).max(1);
const Position = z.object({ id: z.string(), name: z.string(), x: part, y: part });

/** What a map's topic takes and sends: checked at run time, and the types of both the server and the page. */
export const MapContract = contract({
  join: { params: z.object({}), reply: z.object({ positions: z.array(Position) }) },
  in: { move: { payload: z.object({ x: part, y: part }) } },
  out: { moved: Position, gone: z.object({ id: z.string() }) },
  //#if presence
  presence: z.object({ since: z.number() }),
  //#end
});
export interface MapContract extends TypesOf<typeof MapContract> {}
