import fc from 'fast-check';
import { startApplication } from 'rekindle';
import { expect, it } from 'vitest';
import { Member } from './support/member.js';

// A failure prints the shortest list of steps that fails, its seed and its path. FC_SEED=... FC_PATH=... npm test repeats it.
const { FC_SEED, FC_PATH } = process.env;
const repeat = { ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }), ...(FC_PATH === undefined ? {} : { path: FC_PATH }) };

const module = new URL('../dist/application.js', import.meta.url);
const TOPIC = 'room:property';

const body = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => text.trim())
  .filter((text) => text !== '');

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ say: body }) },
  { weight: 1, arbitrary: fc.constant('crash the room' as const) },
  { weight: 1, arbitrary: fc.constant('crash a channel' as const) },
);

it('whatever crashes, a room holds what was said since its own last crash', async () => {
  const holds = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const application = await startApplication({ module, port: 0, host: '127.0.0.1', schedulers: 0, adapter: 'node' });
    const join = (name: string) => Member.join(application.port, name, TOPIC);
    const members = [await join('Ann'), await join('Bob')] as const;
    const [ann, bob] = members;
    try {
      let expected: string[] = [];
      for (const next of steps) {
        if (next === 'crash a channel') await ann.crashChannel();
        else if (next === 'crash the room') {
          await ann.crashRoom(bob);
          expected = [];
        } else {
          await ann.push('new_msg', { body: next.say });
          expected.push(next.say);
        }
      }
      const eve = await join('Eve');
      expect(eve.bodies).toEqual(expected);
      eve.leave();
      for (const member of members) {
        await member.until(() => member.messages.length >= expected.length);
        expect(member.bodies).toEqual(expected);
      }
    } finally {
      for (const member of members) member.leave();
      await application.stop();
    }
  });
  await fc.assert(holds, { numRuns: 20, ...repeat });
}, 60_000);
