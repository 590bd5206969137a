import { GenServer, Supervisor, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { checkChannels, checkServer, type Happened, PropertyFailed } from '@rekindle/testing/properties';
import { startSupervised } from '@rekindle/testing/vitest';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { application, Room, UserSocket } from '../support/app.js';

const body = fc.constantFrom('a', 'b', ' ', 'spam', 'boom', 'c');

/** What a room should hold: it forgets when its process ends. */
const chat = {
  socket: UserSocket,
  application,
  topics: ['room:1', 'room:2'] as const,
  push: { new_msg: fc.record({ body }) },
  crash: { 'room:1': () => Room.whereis('room:1') },
  model: (): { [topic: string]: string[] } => ({ 'room:1': [], 'room:2': [] }),
  after(model: { [topic: string]: string[] }, happened: Happened) {
    if (happened.did === 'crash') model[happened.what] = [];
    if (happened.did !== 'push') return;
    if (happened.status === 'ok') model[happened.topic]?.push((happened.payload as { body: string }).body);
    if (happened.status === 'crashed') model[happened.topic] = [];
  },
};

describe('checkChannels', () => {
  it('passes for an application that does what its model says', async () => {
    let joins = 0;
    await checkChannels(
      {
        ...chat,
        async holds(model, { join }) {
          for (const topic of chat.topics) expect(await join(topic)).toEqual({ bodies: model[topic] });
        },
        after(model, happened) {
          if (happened.did === 'join') joins++;
          chat.after(model, happened);
        },
      },
      { numRuns: 50 },
    );
    expect(joins).toBeGreaterThan(50);
  });

  describe('with a fault', () => {
    const faulty = {
      ...chat,
      // Holds unless somebody has said 'c' after 'a'.
      async holds(model: { [topic: string]: string[] }): Promise<void> {
        for (const said of Object.values(model)) if (/a.*c/.test(said.join(''))) throw new Error('c after a');
      },
    };
    afterEach(() => {
      delete process.env.FC_SEED;
      delete process.env.FC_PATH;
    });

    it('fails with the shortest steps, and with what repeats it', async () => {
      const failure: unknown = await checkChannels(faulty, { numRuns: 1000 }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(PropertyFailed);
      const { seed, path, steps, message } = failure as PropertyFailed;
      expect(steps).toEqual([
        { push: 'new_msg', payload: { body: 'a' }, to: expect.any(String), client: expect.any(Number) },
        { push: 'new_msg', payload: { body: 'c' }, to: expect.any(String), client: expect.any(Number) },
      ]);
      expect(message).toMatch(/1\. \{"push":"new_msg","payload":\{"body":"a"\},"to":"room:\d","client":\d\}/);
      expect(message).toContain(`c after a\nFC_SEED=${seed} FC_PATH=${path} repeats it.`);

      Object.assign(process.env, { FC_SEED: String(seed), FC_PATH: path });
      const again: unknown = await checkChannels(faulty).catch((error: unknown) => error);
      expect(again).toMatchObject({ seed, steps });
    });

    it('takes no seed that is none', () => {
      process.env.FC_SEED = 'x';
      return expect(checkChannels(faulty)).rejects.toThrow("FC_SEED: expected an integer, got 'x'");
    });
  });
});

class Counter extends GenServer {
  n = 0;
  add(n: number): number {
    return (this.n += n);
  }
}
class Kept extends Supervisor {
  override init(): SupervisorSpec {
    return supervise({ maxRestarts: 1000, children: [{ start: Counter, name: 'counter' }] });
  }
}

describe('checkServer', () => {
  const property = {
    async start() {
      await startSupervised(Kept);
      return Counter.at('counter');
    },
    pid: () => Counter.whereis('counter'),
    call: { add: fc.tuple(fc.nat(10)) },
    model: () => 0,
  };

  it('knows of crashes', () =>
    checkServer(
      {
        ...property,
        after: (sum, happened) => (happened.did === 'crash' ? 0 : sum + happened.args[0]),
        holds: async (sum, counter) => expect(await counter.call('add', 0)).toBe(sum),
      },
      { numRuns: 50 },
    ));

  it('finds by itself what has the name of the reference, also after a crash', async () => {
    const { pid: _, ...byName } = property;
    let crashes = 0;
    await checkServer(
      {
        ...byName,
        after(sum, happened) {
          if (happened.did === 'call') return sum + happened.args[0];
          crashes++;
          return 0;
        },
        holds: async (sum, counter) => expect(await counter.call('add', 0)).toBe(sum),
      },
      { numRuns: 50 },
    );
    expect(crashes).toBeGreaterThan(50);
  });

  it('finds a model that forgets them', async () => {
    const wrong = checkServer({
      ...property,
      after: (sum, happened) => (happened.did === 'crash' ? sum : sum + happened.args[0]),
      holds: async (sum, counter) => expect(await counter.call('add', 0)).toBe(sum),
    });
    await expect(wrong).rejects.toMatchObject({ steps: [{ call: 'add', args: [1] }, { crash: 'server' }] });
  });
});
