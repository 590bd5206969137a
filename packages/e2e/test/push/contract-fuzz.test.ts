import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';

// Random payloads, most of them nearly right, against a judge that knows no schema library. FUZZ_SEED repeats a run.

const PAYLOADS = 33_400;
const AT_ONCE = 500;
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const oddValue = fc.oneof(fc.constantFrom(null, true, '', 'home', 121, -1, 1.5, [], {}, '__proto__'), fc.jsonValue({ maxDepth: 1 }));
const mostly = (right: fc.Arbitrary<unknown>) => fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: oddValue });

const scorer = fc.record({ name: mostly(fc.string({ minLength: 1, maxLength: 8 })) }, { requiredKeys: [] });
const payload = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record(
      { team: mostly(fc.constantFrom('home', 'away')), minute: mostly(fc.integer({ min: 0, max: 120 })), scorer: mostly(scorer) },
      { requiredKeys: ['minute'] },
    ),
  },
  { weight: 1, arbitrary: oddValue },
);

interface Score {
  team: string;
  minute: number;
  scorer: { name: string };
}

function isRecord(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fits(value: unknown): value is Score {
  if (!isRecord(value) || (value.team !== 'home' && value.team !== 'away')) return false;
  const { minute, scorer: who } = value;
  const minuteFits = typeof minute === 'number' && Number.isInteger(minute) && minute >= 0 && minute <= 120;
  return minuteFits && isRecord(who) && typeof who.name === 'string' && who.name.length > 0;
}

describe(`payloads against contracts, FUZZ_SEED=${seed}`, () => {
  let server: TestEndpoint;
  beforeAll(async () => {
    server = await startPush({ schedulers: 1 });
  });
  afterAll(() => server.stop());

  it.each(['zod', 'valibot', 'arktype'])('%s: what fits reaches the handler, what does not is refused with its path', async (topic) => {
    // As the wire carries them: JSON has no -0.
    const payloads = fc.sample(payload, { numRuns: PAYLOADS, seed }).map((value): unknown => JSON.parse(JSON.stringify(value)));
    const client = await RawClient.connect(server.port);
    const joinRef = await client.join(topic);
    let fitting = 0;
    for (let at = 0; at < payloads.length; at += AT_ONCE) {
      const batch = payloads.slice(at, at + AT_ONCE);
      for (const [i, sent] of batch.entries()) client.send(JSON.stringify([joinRef, `p${at + i}`, topic, 'score', sent]));
      await client.next(([, ref]) => ref === `p${at + batch.length - 1}`);
      const replies = new Map(client.frames.splice(0).map((frame) => [frame[1], frame]));
      for (const [i, sent] of batch.entries()) {
        const [, , , event, reply] = replies.get(`p${at + i}`) ?? [];
        const { status, response } = reply as {
          status: string;
          response: { reason?: string; issues?: { path: string }[]; reached?: Score };
        };
        const expected = fits(sent) ? 'ok' : 'error';
        if (event !== 'phx_reply' || status !== expected)
          throw new Error(`expected ${expected} for ${JSON.stringify(sent)}, got ${status}`);
        if (!fits(sent)) {
          const paths = response.issues?.map(({ path }) => path) ?? [];
          const known = paths.length > 0 && paths.every((path) => /^(|team|minute|scorer|scorer\.name)$/.test(path));
          if (response.reason !== 'invalid payload' || !known) throw new Error(`no path: ${JSON.stringify([sent, response])}`);
          continue;
        }
        fitting++;
        expect([response.reached?.team, response.reached?.minute, response.reached?.scorer.name]).toEqual([
          sent.team,
          sent.minute,
          sent.scorer.name,
        ]);
      }
    }
    // Both kinds have been there, and nothing has crashed on the way.
    expect(fitting).toBeGreaterThan(PAYLOADS / 20);
    expect(fitting).toBeLessThan((PAYLOADS * 19) / 20);
    expect(client.closeCode).toBeUndefined();
    client.close();
  });
});
