import { type Pid, type Ref, Supervisor, whereis } from '@rekindle/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { type Agent, Agents } from './fixtures/agent.mjs';
import { TestNode } from './support/node.js';

let node: TestNode;
beforeEach(async () => {
  node = new TestNode({ stuckAfterMs: 300 });
  await node.threads.start();
});
afterEach(() => node.stop());

/** The ways a thread can end, and how the node tells of them. */
const ways: [string, (agent: Ref<Agent>) => void, string][] = [
  ['user code calls process.exit', (agent) => agent.cast('exitThread', 3), 'exited'],
  ['a handler loops for ever', (agent) => agent.cast('loop'), 'stuck'],
  ['it is ended from outside', (agent) => node.threads.kill(agent.thread), 'stopped'],
];

describe.each(ways)('a thread ends because %s', (_what, kill, reason) => {
  it('links, monitors, calls and starts hear noconnection, once, on all other threads', async () => {
    const [a, b, c] = (await Promise.all([0, 1, 2].map((thread) => node.agent(thread)))) as [Ref<Agent>, Ref<Agent>, Ref<Agent>];
    const probe = new Probe({ trapExit: true });
    const refs = await probe.do((context) => {
      context.link(b);
      return [context.monitor(b), context.monitor(b)];
    });
    const [id, other] = [await a.call('watch', b), await a.call('watch', b)];
    await a.call('join', b);
    await b.call('join', c);
    await c.call('watch', a);
    await Promise.all([a.call('forward', b, 'echo', 0), b.call('forward', c, 'echo', 0)]);
    const calls = Promise.all([
      expect(b.call('never')).rejects.toMatchObject({ code: 'noconnection', reason: 'noconnection' }),
      expect(c.call('forward', b, 'never')).rejects.toMatchObject({ reason: { code: 'noconnection' } }),
    ]);
    await b.call('echo', 0);

    kill(b);
    await calls;
    const gone = { pid: b, reason: 'noconnection' };
    const atGateway = [await probe.next(), await probe.next(), await probe.next()];
    expect(atGateway).toEqual(
      expect.arrayContaining([{ type: 'EXIT', ...gone }, ...refs.map((ref) => expect.objectContaining({ type: 'DOWN', ref, ...gone }))]),
    );
    expect(await a.call('mail', 3)).toEqual(
      expect.arrayContaining([
        { type: 'EXIT', ...gone },
        { type: 'DOWN', ref: id, ...gone },
        { type: 'DOWN', ref: other, ...gone },
      ]),
    );

    // Nothing more comes, not even when the replacement is there, and nothing is remembered.
    await node.running();
    expect(node.downs.map((down) => [down.thread, down.reason])).toEqual([[b.thread, reason]]);
    await a.call('post', a, 'last');
    expect(await a.call('mail', 1)).toEqual(['last']);
    expect(await probe.mail()).toEqual([]);
    expect(node.peers).toEqual([]);
  });

  it('later links, monitors and calls to its processes fail at once, from old threads and from the new one', async () => {
    const b = await node.agent(1);
    kill(b);
    await node.until(() => node.downs.length === 1 && node.ups.length === 4);
    const newest = node.threads.running.length - 1;
    for (const agent of [await node.agent(0), await node.agent(newest)]) {
      const ref = await agent.call('watch', b);
      await agent.call('join', b);
      const [one, two] = await agent.call('mail', 2);
      expect([one, two]).toEqual([
        { type: 'DOWN', ref, pid: b, reason: 'noconnection' },
        { type: 'EXIT', pid: b, reason: 'noconnection' },
      ]);
      await expect(agent.call('forward', b, 'echo', 1)).rejects.toMatchObject({ reason: { code: 'noconnection' } });
    }
  });

  it('its names are free, and its supervised processes run again, wherever their supervisor lives', async () => {
    const probe = new Probe({ trapExit: true });
    const children = [
      { id: 'one', thread: 1, name: 'first' },
      { id: 'two', thread: 'spread' as const },
      { id: 'three', thread: 1, restart: 'temporary' as const },
    ];
    const here = await probe.do((context) => context.startLink(Agents, { children }));
    const children2 = children.map((child) => ({ ...child, name: `${child.id} of the other tree` }));
    const there = await probe.do((context) => context.startLink(Agents, { children: children2 }, { thread: 0 }));
    const before = whereis('first') as Ref<Agent>;
    const restarted = new Promise<void>((resolve) => {
      void node.until(() => node.downs.length === 1).then(() => resolve());
    });
    kill(before);
    await restarted;
    await node.running();
    const runs = async (tree: Pid): Promise<[string, boolean][]> => {
      const all = await Supervisor.whichChildren(tree as never);
      return await Promise.all(
        all.map(
          async ({ id, pid }): Promise<[string, boolean]> => [
            String(id),
            pid !== undefined && (await (pid as unknown as Ref<Agent>).call('echo', 'yes')) === 'yes' && (pid as Pid) !== before,
          ],
        ),
      );
    };
    for (const tree of [here, there]) {
      expect(await runs(tree)).toEqual([
        ['one', true],
        ['two', true],
      ]);
    }
    const after = whereis('first') as Ref<Agent>;
    expect(after).not.toBe(before);
    expect(node.threads.running).toContain(after.thread);
    expect(await probe.mail()).toEqual([]);
  });
});

describe('a thread', () => {
  it('whose heap is full is replaced; its detail says so', async () => {
    await node.stop();
    node = new TestNode({ schedulers: 1, resourceLimits: { maxOldGenerationSizeMb: 48 }, stuckAfterMs: 60_000 });
    await node.threads.start();
    const b = await node.agent(0);
    const probe = new Probe();
    await probe.do((context) => context.monitor(b));
    b.cast('fillHeap');
    expect(await probe.next<object>()).toHaveProperty('reason', 'noconnection');
    await node.running(1);
    expect(node.downs).toEqual([
      { thread: b.thread, reason: 'error', detail: expect.objectContaining({ code: 'ERR_WORKER_OUT_OF_MEMORY' }) },
    ]);
  });

  it('survives an error thrown in a timer and a rejection nobody handles', async () => {
    const b = await node.agent(1);
    await b.call('throwLater');
    await b.call('rejectLater');
    const before = (await node.stats(b.thread)).alive;
    for (let i = 0; i < 20; i++) await b.call('echo', i);
    expect((await node.stats(b.thread)).alive).toBe(before);
    expect(node.downs).toEqual([]);
  });

  it('that dies while it waits for a name leaves no name behind', async () => {
    for (let round = 0; round < 15; round++) {
      const thread = node.threads.running[0] as number;
      const agents = await Promise.all([0, 0, 0].map((index) => node.agent(index)));
      for (const [i, agent] of agents.entries()) agent.cast('churn', `churn ${i}`);
      await agents[1]
        ?.within(20)
        .call('echo', 0)
        .catch(() => {});
      // The request for a name is under way: the gateway reads it when the thread is dead already.
      node.threads.kill(thread);
      await node.running();
      const survivor = await node.agent(0);
      for (const name of [0, 1, 2].flatMap((i) => [0, 1, 2, 3, 4].map((j) => `churn ${i} ${j}`))) {
        expect(whereis(name), `${name} in round ${round}`).toBeUndefined();
        expect(await survivor.call('find', name)).toBeUndefined();
      }
    }
  });

  it('that is dead gets no new children from threads that were busy when it came and went', async () => {
    await node.stop();
    // Who is busy is not stuck, however little it gets of the machine.
    node = new TestNode({ stuckAfterMs: 60_000 });
    await node.threads.start();
    const busy = await node.agent(0);
    busy.cast('pause', 250);
    const [, second] = node.threads.running as [number, number];
    node.threads.kill(second);
    await node.until(() => node.ups.length === 4);
    const newest = node.ups.at(-1) as number;
    node.threads.kill(newest);
    await node.until(() => node.ups.length === 5);
    // The busy thread learns of the newest one on another way than it gets calls.
    while ((await busy.call('begin', { thread: 'spread' })).thread !== node.ups.at(-1)) {
      expect(node.ups).toHaveLength(5);
    }
    const placed = await Promise.all(Array.from({ length: 6 }, () => busy.call('begin', { thread: 'spread' })));
    const counts = node.threads.running.map((thread) => placed.filter((agent) => agent.thread === thread).length);
    expect(counts).toEqual([2, 2, 2]);
  });

  it('that is new is reached by one that was busy when it came, however it learns of it', async () => {
    await node.stop();
    node = new TestNode({ stuckAfterMs: 60_000 });
    await node.threads.start();
    const [busy, teller] = (await Promise.all([0, 1].map((thread) => node.agent(thread)))) as [Ref<Agent>, Ref<Agent>];
    for (let round = 0; round < 5; round++) {
      busy.cast('pause', 150);
      node.threads.kill(node.threads.running.at(-1) as number);
      await node.until(() => node.ups.length === 4 + round);
      const fresh = await node.agent(2);
      expect(fresh.thread).toBe(node.ups.at(-1));
      // What the busy thread finds when it goes on: a new thread, and a process of it, in any order.
      const ref = busy.call('watch', fresh);
      await teller.call('post', busy, { look: fresh });
      await ref;
      await busy.call('forward', fresh, 'echo', 0);
      fresh.cast('fail', 'boom');
      const mail = await busy.call('mail', 2);
      expect(mail).toContainEqual({ type: 'DOWN', ref: await ref, pid: fresh, reason: 'boom' });
    }
  });
});
