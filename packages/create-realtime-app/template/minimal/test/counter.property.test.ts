import { checkChannels } from '@rekindle/testing/properties';
import '@rekindle/testing/vitest';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import application from '../src/application.js';
import { Counter } from '../src/counter.js';
import { UserSocket } from '../src/user-socket.js';
import { credentials } from './client.js';

// Random joins, messages, crashes and lost connections, against the real application. A failure prints the shortest list of steps
// that fails, and FC_SEED=... FC_PATH=..., with which the tests repeat it. RUNS=1000 looks longer.
const numRuns = Number(process.env.RUNS ?? 100);

it('whatever crashes, the counter is the sum since its last crash', async () => {
  //#if auth
  const { authToken } = await credentials('Ann');
  //#end
  await checkChannels(
    {
      socket: UserSocket,
      // Crashes here are on purpose, and more than anybody would put up with.
      application: { ...application, maxRestarts: 1000 },
      topics: ['counter'],
      //#if auth
      params: () => ({}),
      connectOptions: { authToken },
      //#else
      params: (client) => credentials(`Client ${client}`).params,
      //#end
      push: { increment: fc.record({ by: fc.integer({ min: 1, max: 10 }) }) },
      crash: { counter: () => Counter.whereis('counter') },
      model: () => 0,
      after(sum, happened) {
        if (happened.did === 'crash') return 0;
        return happened.did === 'push' && happened.event === 'increment' && happened.status === 'ok' ? sum + happened.payload.by : sum;
      },
      async holds(sum, { join }) {
        expect(await join('counter')).toEqual({ value: sum });
      },
    },
    { numRuns },
  );
}, 120_000);
