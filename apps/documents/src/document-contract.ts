import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

/** What a file has to be called to be a document: without folders, so nothing else can be asked for. */
export const FILE = /^([a-z0-9-]{1,60})\.md$/;

const Whole = z.object({ version: z.int(), lines: z.array(z.string()) });

export const DocumentContract = contract({
  join: { reply: z.object({ version: z.int(), names: z.array(z.string()) }) },
  in: {
    read: { payload: z.object({}), reply: Whole },
    /** To try what happens. */
    crash: z.object({}),
  },
  out: {
    changed: z.object({ version: z.int(), from: z.int(), removed: z.int(), added: z.array(z.string()) }),
  },
});
export interface DocumentContract extends TypesOf<typeof DocumentContract> {}

export type Changed = DocumentContract['out']['changed'];
export type Whole = z.infer<typeof Whole>;
