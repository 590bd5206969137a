import { connect } from '@nats-io/transport-node';
import { disconnected } from '@rekindle/cluster/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../../e2e/test/raw-client.js';
import { judge, readLog } from '../support/event-log.js';
import { LONG, measured, since } from '../support/form.js';
import { Lab } from '../support/lab.js';
import { people, SOON, type TestNode } from '../support/node.js';

// SIGKILL, with and without a new process that takes the node's place at once. The parts build on one another.
const ROUNDS = LONG ? 10 : 1;
let lab: Lab;
let a: TestNode;
let b: TestNode;
let watcher: RawClient;

beforeAll(async () => {
  lab = await Lab.start({ schedulers: { a: 0, b: 1, c: 1 }, recordMs: 5 });
  [a, b] = [lab.node('a'), lab.node('b')];
  watcher = await a.client('room:1', { name: 'watcher' });
}, 300_000);

afterAll(() => lab.close());

const groupSize = async (node: TestNode): Promise<number> => ((await node.ask('member-1', 'members', 'members')) as string[]).length;

/** Resolves when both survivors say that c is down, with the reason each gives. */
async function bothSayDown(from: readonly number[]): Promise<void> {
  const said = [a, b].map(({ child }, i) => child.waitFor(/^NODEDOWN .*"node":"c"/m, { from: from[i] as number }));
  await Promise.all(said);
}

describe('a node that is killed', () => {
  it('is down for the others, with all that hangs on it, and comes back', { timeout: 30_000 * ROUNDS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const from = [a, b].map(({ child }) => child.output.length);
      await lab.node('c').client('room:1', { name: 'ghost' });
      await expect.poll(() => people(watcher), SOON).toEqual(['ghost', 'watcher']);
      for (const node of [a, b]) await node.probe('watchName', 'c', 'victim', `c ${round}`);
      const killed = performance.now();
      await lab.kill('c');
      await bothSayDown(from);
      measured('killed', 'nodedown', since(killed), 's');
      for (const [i, node] of [a, b].entries()) {
        await node.says('DOWN', { label: `c ${round}`, reason: 'noconnection' }, from[i]);
        expect(node.said('NODEDOWN', from[i])).toEqual([expect.objectContaining({ node: 'c', reason: 'unreachable' })]);
        await expect.poll(() => groupSize(node), { ...SOON, interval: 10 }).toBe(4);
      }
      await expect.poll(() => people(watcher), { ...SOON, interval: 10 }).toEqual(['watcher']);
      measured('killed', 'groups and presences without it', since(killed), 's');
      await lab.startNode('c');
      await lab.meet();
      for (const node of lab.nodes.values()) await expect.poll(() => groupSize(node), SOON).toBe(6);
    }
  });

  it(
    'without NATS noticing, and has a new run at once, is down when that one speaks, and what was meant for it reaches nobody',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const from = [a, b].map(({ child }) => child.output.length);
        for (const node of [a, b]) {
          await node.keeps('c', 'probe', 'probe of c');
          await node.probe('watchKept', 'probe of c', `old run ${round}`);
        }
        // As when a machine loses its power: to NATS the connection is there.
        await lab.bury('c');
        await lab.kill('c');
        const c = await lab.startNode('c');
        await bothSayDown(from);
        for (const [i, node] of [a, b].entries()) {
          const after = node.loggedAt('node c is down', from[i]) - c.loggedAt('connected to NATS');
          measured('restarted', 'nodedown after the new run was connected', Math.max(0, after) / 1000, 's');
          await node.probe('tellKept', 'probe of c', { type: 'never' });
        }
        await lab.meet();
        for (const [i, node] of [a, b].entries()) {
          await node.says('DOWN', { label: `old run ${round}`, reason: 'noconnection' }, from[i]);
          expect(node.said('NODEDOWN', from[i])).toEqual([
            expect.objectContaining({ node: 'c', reason: expect.stringMatching(/^(restarted|silent|no_progress)$/) }),
          ]);
          expect(await node.probe('remote', 'c', 'probe', 'echo', round)).toEqual({ value: round });
        }
        expect(lab.node('c').said('INFO')).toEqual([]);
      }
    },
    20_000 * ROUNDS,
  );

  it('is the only one: everybody else heard everything, and each monitor ended once', async () => {
    const sent = (await a.ask('recorder', 'stop')) as { b: number };
    const heard = async () => ((await b.ask('recorder', 'last')) as { [from: string]: number })[`a/${a.child.pid}`];
    await expect.poll(heard, SOON).toBe(sent.b - 1);
    const { problems, nodedowns, messages } = judge(lab.runs.map(({ name, child }) => readLog(name, child.pid, child.output)));
    expect(problems).toEqual([]);
    expect(nodedowns).toBe(2 * 2 * ROUNDS);
    expect(messages).toBeGreaterThan(500);
    for (const node of [a, b]) for (const down of node.said('NODEDOWN')) expect(down).toMatchObject({ node: 'c' });
  });
});

// As docs/guides/cluster.md has it.
const TELLS = `accounts {
  SYS { users: [{ user: sys, password: sys }], exports: [{ stream: "$SYS.ACCOUNT.APP.>", accounts: [APP] }] }
  APP { users: [{ user: app, password: app }], imports: [{ stream: { account: SYS, subject: "$SYS.ACCOUNT.APP.>" } }] }
}
system_account: SYS
no_auth_user: app`;

describe('a node that is killed where NATS tells when connections end', () => {
  it('is asked at once whether it is there', { timeout: 40_000 * ROUNDS }, async () => {
    const told = await Lab.start({ schedulers: { a: 0, c: 0 }, natsConfig: TELLS, direct: true });
    const client = await connect({ servers: `127.0.0.1:${told.nats.port}` });
    const ended: (string | undefined)[] = [];
    client.subscribe('$SYS.ACCOUNT.*.DISCONNECT', { callback: (_error, { data }) => void ended.push(disconnected(data)) });
    await client.flush();
    for (let round = 0; round < ROUNDS; round++) {
      const { child } = told.node('a');
      const from = child.output.length;
      const run = (await told.node('a').stats()).nodes[0]?.incarnation as number;
      const killed = performance.now();
      await told.kill('c');
      await child.waitFor(/^NODEDOWN .*"node":"c".*"unreachable"/m, { from });
      measured('killed', 'nodedown where NATS tells', since(killed), 's');
      await expect.poll(() => ended, SOON).toContain(`test/c/${run}`);
      await told.startNode('c');
      await told.meet();
    }
    await client.close();
    await told.close();
  });
});
