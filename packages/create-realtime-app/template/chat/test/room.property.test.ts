import { checkChannels } from '@rekindle/testing/properties';
import '@rekindle/testing/vitest';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import application from '../src/application.js';
import { Room } from '../src/room.js';
import { UserSocket } from '../src/user-socket.js';
import { credentials } from './client.js';

// Random joins, messages, crashes and lost connections, against the real application. A failure prints the shortest list of steps
// that fails, and FC_SEED=... FC_PATH=..., with which the tests repeat it. RUNS=1000 looks longer.
const numRuns = Number(process.env.RUNS ?? 100);

it('whatever crashes, a room holds what was said since its own last crash', async () => {
  //#if auth
  const { authToken } = await credentials('Ann');
  //#end
  await checkChannels(
    {
      socket: UserSocket,
      application,
      topics: ['room:1'],
      //#if auth
      params: () => ({}),
      connectOptions: { authToken },
      //#else
      params: (client) => credentials(`Client ${client}`).params,
      //#end
      push: { new_msg: fc.record({ body: fc.stringMatching(/^[a-z]{1,10}$/) }) },
      crash: { room: () => Room.whereis('room:1') },
      model: (): string[] => [],
      after(said, happened) {
        if (happened.did === 'crash') return [];
        if (happened.did !== 'push' || happened.event !== 'new_msg' || happened.status !== 'ok') return said;
        return [...said, happened.payload.body];
      },
      async holds(said, { join }) {
        const { messages } = await join('room:1');
        expect(messages.map(({ body }) => body)).toEqual(said);
      },
    },
    { numRuns },
  );
}, 120_000);
