import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';
import { type ConformanceServer, startConformance } from '../clients/conformance-server.js';
import { servers } from '../endpoint/endpoint.js';
import { RoomClient } from './room-client.js';
import { applies, CLIENTS, INITIAL, type Model, type Seen, type Step, TOPICS, take } from './room-model.js';

const client = fc.constantFrom(...CLIENTS);
const topic = fc.constantFrom(...TOPICS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('connect' as const), client }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'kick' as const), client }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('join' as const), client, topic }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('echo' as const, 'shout' as const, 'whisper' as const, 'crash' as const, 'stop' as const, 'leave' as const),
      client,
      topic,
    }),
  },
);

/** Order counts within a topic, not between them. */
function byTopic(frames: readonly Seen[], client: RoomClient): object {
  return Object.fromEntries(
    TOPICS.map((topic) => [topic, frames.filter((frame) => frame.topic === topic).map((seen) => client.sees(seen))]),
  );
}

/** So many random programs on each kind of server. */
export function testModel(programs: number, timeout: number): void {
  describe.each(servers)('random programs on three clients, $adapter, schedulers: $schedulers', (options) => {
    let server: ConformanceServer;
    let runs = 0;
    beforeAll(async () => {
      server = await startConformance(options);
    });
    afterAll(async () => {
      expect(await server.child.kill()).toEqual({ code: 0, signal: null });
    });

    async function perform(clients: readonly RoomClient[], before: Model, step: Step): Promise<void> {
      const actor = clients[step.client] as RoomClient;
      switch (step.kind) {
        case 'connect':
          return actor.connect();
        case 'cut':
          return actor.cut();
        case 'kick': {
          const closed = actor.closed();
          await fetch(`http://127.0.0.1:${server.port}/_disconnect/${actor.user}`, { method: 'POST' });
          expect(await closed).toBe(1001);
          return;
        }
        default:
          actor.push(step, before.members[step.client]?.joined.get(step.topic), String(before.steps + 1));
      }
    }

    async function play(steps: readonly Step[]): Promise<void> {
      const run = `${options.adapter}${++runs}`;
      const clients = CLIENTS.map((index) => new RoomClient(server.port, run, index));
      let model = INITIAL;
      try {
        for (const step of steps) {
          if (!applies(model, step)) continue;
          const { model: after, seen } = take(model, step);
          await perform(clients, model, step);
          for (const index of CLIENTS) {
            const client = clients[index] as RoomClient;
            const expected = seen[index] as readonly Seen[];
            const came = await client.take(expected.length);
            expect(byTopic(came, client), `client ${index} after ${JSON.stringify(step)}`).toEqual(byTopic(expected, client));
          }
          model = after;
        }
      } finally {
        for (const client of clients) client.cut();
      }
    }

    it(`${programs} of them: every client sees what the model says`, { timeout }, async () => {
      await check(programs, fc.array(step, { minLength: 10, maxLength: 60 }), play);
    });
  });
}
