import { type NatsServer, startNats, TcpProxy } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lasts, measured, since } from '../support/form.js';
import { SOON, TestNode } from '../support/node.js';

// Three nodes, one of them behind a proxy that swallows everything or breaks connections. The parts build on one another.
let nats: NatsServer;
let proxy: TcpProxy;
let a: TestNode;
let b: TestNode;
let far: TestNode;

interface Named {
  readonly code?: string;
  readonly holder: string;
  readonly token?: number;
}

beforeAll(async () => {
  nats = await startNats();
  proxy = await TcpProxy.start(nats.port);
  [a, b, far] = await Promise.all([
    TestNode.start('a', nats.url, 0),
    TestNode.start('b', nats.url, 1),
    TestNode.start('far', `nats://127.0.0.1:${proxy.port}`, 1),
  ]);
  await meet();
}, 300_000);

afterAll(async () => {
  proxy.heal();
  await Promise.all([a, b, far].map(({ child }) => child.kill()));
  await nats.close();
  await proxy.close();
});

async function meet(): Promise<void> {
  await Promise.all([a.seesNodes('b', 'far'), b.seesNodes('a', 'far'), far.seesNodes('a', 'b')]);
}

/** How many there are in the group of the fixture, two of each node, as seen by each node. */
const groupSizes = () =>
  Promise.all([a, b, far].map(async (node) => ((await node.ask('member-1', 'members', 'members')) as string[]).length));

describe.each([
  // Its connection is there, and nothing comes. Whoever sends to it may notice first that nothing is confirmed.
  ['into a black hole', () => proxy.hold(), /^(silent|no_progress)$/],
  // NATS knows at once that it is gone.
  ['with its connection broken', () => proxy.cut(), /^unreachable$/],
] as const)('a node that is cut off, %s', (how, cutOff, reason) => {
  let before: number[];
  let first: Named;
  const name = `leader ${how}`;

  it('is down for the others, and they for it; each monitor ends once', async () => {
    first = (await far.probe('startNamed', name)) as Named;
    expect(first.holder).toMatch(/^#Pid<far/);
    await a.probe('watchName', 'far', 'victim', 'far');
    await far.probe('watchName', 'a', 'victim', 'a');
    await a.probe('stream', 'far', how, 5);
    before = [a, b, far].map(({ child }) => child.output.length);
    const cut = performance.now();
    cutOff();
    await a.says('DOWN', { label: 'far', reason: 'noconnection' }, before[0]);
    await far.says('DOWN', { label: 'a', reason: 'noconnection' }, before[2]);
    await a.says('NODEDOWN', { node: 'far', reason: expect.stringMatching(reason) }, before[0]);
    await b.says('NODEDOWN', { node: 'far', reason: expect.stringMatching(reason) }, before[1]);
    await far.says('NODEDOWN', { node: 'a', reason: 'isolated' }, before[2]);
    measured('cut-off', `nodedown on both sides, ${how}`, since(cut), 's');
    await a.seesNodes('b');
    await far.seesNodes();
    await expect.poll(groupSizes, SOON).toEqual([4, 4, 2]);
  });

  it('keeps its names; the others give them away too, with later tokens', async () => {
    await expect.poll(() => b.probe('startNamed', name), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<b/) });
    const second = (await b.probe('named', name)) as Named;
    expect(second.token).toBeGreaterThan(first.token as number);
    expect(await far.probe('named', name)).toMatchObject({ holder: first.holder });
    await lasts(20_000);
  });

  it('comes back: groups are whole, a name has its later owner, and nothing of before arrives', async () => {
    const heard = (await far.ask('sink', 'got', how)) as { count: number; wrong: number };
    proxy.heal();
    const healed = performance.now();
    await meet();
    await expect.poll(groupSizes, SOON).toEqual([6, 6, 6]);
    const { holder } = (await b.probe('named', name)) as Named;
    for (const node of [a, b, far]) await expect.poll(() => node.probe('named', name), SOON).toMatchObject({ holder, answer: holder });
    measured('cut-off', 'groups and names are the same again', since(healed), 's');
    // What was said while it was down is lost, and this one gap is all that is.
    const sent = await a.probe('stopStream');
    expect(sent).toBeGreaterThan(heard.count);
    await a.probe('flood', 'far', `${how} again`, 100);
    await expect.poll(() => far.ask('sink', 'got', `${how} again`), SOON).toEqual({ count: 100, wrong: heard.wrong + 1 });
    for (const [i, node] of [a, b, far].entries()) {
      const downs = node.said('NODEDOWN', before[i]).map((down) => (down as { node: string }).node);
      expect(downs.sort()).toEqual(node === far ? ['a', 'b'] : ['far']);
      expect(node.said('DOWN', before[i]).length).toBe(node === b ? 0 : 1);
    }
  });
});
