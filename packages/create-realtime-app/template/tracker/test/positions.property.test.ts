import { checkChannels } from '@rekindle/testing/properties';
import '@rekindle/testing/vitest';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import application from '../src/application.js';
import { Positions } from '../src/positions.js';
import { UserSocket } from '../src/user-socket.js';
import { credentials } from './client.js';

// Random joins, messages, crashes and lost connections, against the real application. A failure prints the shortest list of steps
// that fails, and FC_SEED=... FC_PATH=..., with which the tests repeat it. RUNS=1000 looks longer.
const numRuns = Number(process.env.RUNS ?? 100);

it('a map shows who has moved and is still there, since the positions were last lost', async () => {
  //#if auth
  const { authToken } = await credentials('Ann');
  //#end
  await checkChannels(
    {
      socket: UserSocket,
      // Crashes here are on purpose, and more than anybody would put up with.
      application: { ...application, maxRestarts: 1000 },
      topics: ['map:1'],
      //#if auth
      params: () => ({}),
      connectOptions: { authToken },
      //#else
      params: (client) => credentials(`Client ${client}`).params,
      //#end
      push: { move: fc.record({ x: fc.constantFrom(0, 0.5, 1), y: fc.constantFrom(0, 0.5, 1) }) },
      crash: { positions: () => Positions.whereis('positions') },
      model: () => new Map<number, { x: number; y: number }>(),
      after(places, happened) {
        if (happened.did === 'crash') places.clear();
        else if (happened.did !== 'push') places.delete(happened.client); // joins again, has left, has crashed, is cut off
        else if (happened.event === 'move') places.set(happened.client, happened.payload);
      },
      async holds(places, { join }) {
        const { positions } = await join('map:1');
        const shown = (all: Iterable<{ x: number; y: number }>) => [...all].map(({ x, y }) => `${x} ${y}`).sort();
        expect(shown(positions)).toEqual(shown(places.values()));
      },
    },
    { numRuns },
  );
}, 120_000);
