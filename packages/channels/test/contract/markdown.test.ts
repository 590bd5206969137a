import { contract, contractMarkdown } from '@rekindle/channels';
import { toJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

/** The JSON blocks under a heading, up to the next heading of the same or a higher level. */
function blocks(markdown: string, heading: string): unknown[] {
  const [, after = ''] = markdown.split(`\n${heading}\n`);
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const [section = ''] = after.split(new RegExp(`\n#{1,${level}} `));
  return Array.from(section.matchAll(/```json\n(.*?)\n```/gs), ([, json = '']) => JSON.parse(json) as unknown);
}

describe('contractMarkdown', () => {
  const Room = contract({
    join: { params: z.object({ since: z.number().optional() }), error: z.object({ reason: z.literal('full') }) },
    in: {
      say: { payload: z.object({ n: z.string().transform(Number) }), reply: z.object({ id: z.number() }) },
      typing: z.object({}),
    },
    out: { said: z.object({ body: z.string() }) },
    presence: z.object({ onlineAt: z.number() }),
  });
  const page = contractMarkdown(Room, { topic: 'room:*' });

  it('says what clients write and what they get', () => {
    expect(page.split('\n')[0]).toBe('# `room:*`');
    expect(blocks(page, '### `say`')).toMatchObject([
      // What a client writes, before the schema turns it into a number.
      { type: 'object', properties: { n: { type: 'string' } }, required: ['n'] },
      { properties: { id: { type: 'number' } } },
    ]);
    expect(blocks(page, '## Join')).toMatchObject([{ properties: { since: {} } }, { properties: { reason: { const: 'full' } } }]);
    expect(blocks(page, '### `said`')).toMatchObject([{ properties: { body: { type: 'string' } } }]);
    expect(blocks(page, '## Presence')).toMatchObject([{ properties: { onlineAt: { type: 'number' } } }]);
    expect(page).toContain('### `typing`');
  });

  it('the same contract gives the same text', () => {
    expect(contractMarkdown(Room, { topic: 'room:*' })).toBe(page);
  });

  it('takes arktype as it is, and valibot with its own converter', () => {
    const ark = contract({ in: { goal: type({ team: "'home' | 'away'" }) }, out: {} });
    expect(blocks(contractMarkdown(ark, { topic: 'match' }), '### `goal`')).toMatchObject([
      { properties: { team: { enum: ['away', 'home'] } } },
    ]);
    const vali = contract({ in: { goal: v.object({ minute: v.number() }) }, out: {} });
    expect(blocks(contractMarkdown(vali, { topic: 'match', jsonSchema: toJsonSchema }), '### `goal`')).toMatchObject([
      { properties: { minute: { type: 'number' } } },
    ]);
  });

  it('names the library of what cannot be described', () => {
    const vali = contract({ in: { goal: v.object({ minute: v.number() }) }, out: {} });
    expect(blocks(contractMarkdown(vali, { topic: 'match' }), '### `goal`')).toEqual([{ description: 'known to valibot only' }]);
    const made = contract({ in: {}, out: { made: z.string().transform(Number) } });
    expect(blocks(contractMarkdown(made, { topic: 'match' }), '### `made`')).toEqual([{ description: 'known to zod only' }]);
  });
});
