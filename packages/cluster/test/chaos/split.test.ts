import { NatsCluster } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, readLog } from '../support/event-log.js';
import { LONG, lasts, measured, since } from '../support/form.js';
import { SOON, TestNode } from '../support/node.js';

// Three NATS servers, a node on each; the third server is cut off from the other two, and its node with it. That node's own
// connection stays. The parts build on one another.
let nats: NatsCluster;
let a: TestNode;
let b: TestNode;
let far: TestNode;
let all: TestNode[];

interface Named {
  readonly holder: string;
  readonly answer?: string;
  readonly token?: number;
}

beforeAll(async () => {
  nats = await NatsCluster.start();
  all = await Promise.all(
    ['a', 'b', 'far'].map((name, i) =>
      TestNode.start(name, nats.servers[i]?.url as string, i === 0 ? 0 : 1, 0, { RECORD_MS: '10', PEERS: 'a,b,far' }),
    ),
  );
  [a, b, far] = all as [TestNode, TestNode, TestNode];
  await meet();
}, 300_000);

afterAll(async () => {
  await Promise.all(all.map(({ child }) => child.kill()));
  await nats.close();
});

const meet = () => Promise.all([a.seesNodes('b', 'far'), b.seesNodes('a', 'far'), far.seesNodes('a', 'b')]);
const named = (node: TestNode, name: string) => node.probe('named', name) as Promise<Named>;

// Of routes that break the servers hear at once, and know that nobody is there; into a black hole goes everything.
describe.each([['cut', /^(unreachable|silent)$/], ...(LONG ? ([['hold', /^(silent|no_progress|unreachable)$/]] as const) : [])] as const)(
  'a NATS cluster that is split (%s)',
  (how, reason) => {
    const own = `on one side ${how}`;
    const contested = `on both sides ${how}`;
    let from: number[];

    it('has two sides: each gives the other up, goes on, and gives names away', async () => {
      expect(await far.probe('startNamed', own)).toMatchObject({ holder: expect.stringMatching(/^#Pid<far/) });
      for (const node of all) await expect.poll(() => named(node, own), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<far/) });
      from = all.map(({ child }) => child.output.length);
      const split = performance.now();
      nats.split(how);
      await a.says('NODEDOWN', { node: 'far', reason: expect.stringMatching(reason) }, from[0]);
      await b.says('NODEDOWN', { node: 'far', reason: expect.stringMatching(reason) }, from[1]);
      await far.says('NODEDOWN', { node: 'a', reason: expect.stringMatching(reason) }, from[2]);
      await far.says('NODEDOWN', { node: 'b', reason: expect.stringMatching(reason) }, from[2]);
      measured('split', `nodedown on both sides (${how})`, since(split), 's');
      await Promise.all([a.seesNodes('b'), b.seesNodes('a'), far.seesNodes()]);
      await expect.poll(() => b.probe('startNamed', contested), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<b/) });
      await expect.poll(() => far.probe('startNamed', contested), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<far/) });
      measured('split', `names are given away on both sides (${how})`, since(split), 's');
      expect(await a.probe('remote', 'b', 'probe', 'echo', 1)).toEqual({ value: 1 });
      expect(await a.probe('remote', 'far', 'probe', 'echo', 1)).toEqual({ code: 'noconnection' });
      await lasts(30_000);
    }, 90_000);

    it('is one again: every name has one owner, which is the same for all', async () => {
      const healed = performance.now();
      nats.heal();
      await meet();
      measured('split', `all see each other again (${how})`, since(healed), 's');
      for (const name of [own, contested]) {
        const agreed = async () =>
          new Set((await Promise.all(all.map((node) => named(node, name)))).map((one) => JSON.stringify(one))).size;
        await expect.poll(agreed, SOON).toBe(1);
        const { holder, answer, token } = await named(a, name);
        expect(answer).toBe(holder);
        expect(token).toBeGreaterThan(0);
      }
      measured('split', `every name has one owner (${how})`, since(healed), 's');
      for (const [i, node] of all.entries()) {
        const members = async () => ((await node.ask('member-1', 'members', 'members')) as string[]).length;
        await expect.poll(members, SOON).toBe(6);
        const downs = node.said('NODEDOWN', from[i]).map((down) => (down as { node: string }).node);
        expect(downs.sort()).toEqual(node === far ? ['a', 'b'] : ['far']);
      }
    }, 60_000);
  },
);

describe('what nodes said to each other meanwhile', () => {
  it('was neither lost without a word nor doubled', async () => {
    for (const from of all) {
      const sent = (await from.ask('recorder', 'stop')) as { [to: string]: number };
      for (const to of all) {
        if (to === from) continue;
        const last = async () => ((await to.ask('recorder', 'last')) as { [from: string]: number })[`${from.name}/${from.child.pid}`];
        await expect.poll(last, SOON).toBe((sent[to.name] as number) - 1);
      }
    }
    const { problems, messages } = judge(all.map(({ name, child }) => readLog(name, child.pid, child.output)));
    expect(problems).toEqual([]);
    expect(messages).toBeGreaterThan(500);
  });
});
