import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../../e2e/test/raw-client.js';
import { judge, readLog } from '../support/event-log.js';
import { LONG, measured, since } from '../support/form.js';
import { Lab } from '../support/lab.js';
import { people, SOON, type TestNode } from '../support/node.js';
import { randomNumbers } from '../support/random.js';

// Faults of all kinds at random, one after the other and on top of each other, while every node talks to every other one. What each
// of them heard is judged afterwards. CHAOS_SEED repeats the faults, though not the moments at which they hit.
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31);
const FOR_MS = LONG ? 300_000 : 14_000;
const NAMES = ['first', 'second', 'third', 'fourth'];
const random = randomNumbers(SEED);
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

let lab: Lab;
const clients: { node: TestNode; client: RawClient }[] = [];

beforeAll(async () => {
  lab = await Lab.start({ schedulers: { a: 0, b: 1, c: 1 }, recordMs: 10 });
  for (const node of lab.nodes.values()) await enter(node);
}, 300_000);

afterAll(() => lab.close());

/** Somebody who is present, as long as the node lives. */
async function enter(node: TestNode): Promise<void> {
  clients.push({ node, client: await node.client('room:1', { name: `${node.name} ${node.child.pid}` }) });
}

/** Each begins a fault and gives what ends it. A node that stands still or is killed is not chosen again before that. */
const busy = new Set<string>();
const faults: { readonly [name: string]: (node: string) => (() => Promise<void> | void) | Promise<() => Promise<void>> } = {
  kill: async (name) => {
    await lab.kill(name);
    return async () => void (await lab.startNode(name));
  },
  freeze: (name) => {
    const { child } = lab.node(name);
    child.signal('SIGSTOP');
    return () => child.signal('SIGCONT');
  },
  cut: (name) => {
    lab.proxy(name).cut();
    return () => lab.proxy(name).heal();
  },
  hold: (name) => {
    lab.proxy(name).hold();
    return () => lab.proxy(name).heal();
  },
  nats: async () => {
    await lab.nats.kill();
    return () => lab.nats.restart();
  },
};

describe('random faults', () => {
  it(`lose and double nothing without saying so, and leave nothing behind, CHAOS_SEED=${SEED}`, { timeout: FOR_MS + 90_000 }, async () => {
    const began = performance.now();
    const done: string[] = [];
    const underWay = new Set<Promise<void>>();
    while (performance.now() - began < FOR_MS) {
      const fault = pick(Object.keys(faults));
      const target = fault === 'nats' ? 'nats' : pick(lab.names);
      // Short of what takes a node down, around it, and beyond.
      const ms = pick([200, 1000, 3000, 5000, 7000]);
      if (!busy.has(target)) {
        busy.add(target);
        done.push(`${fault} ${target} ${ms}`);
        const one = (async () => {
          const end = await (faults[fault] as (typeof faults)[string])(target);
          await sleep(ms);
          await end();
          busy.delete(target);
        })();
        underWay.add(one);
        void one.finally(() => underWay.delete(one));
        // Two at a time at most, or hardly anything would ever be up.
        while (underWay.size > 1) await Promise.race(underWay);
      }
      await sleep(random(1500));
      if (lab.nodes.size === lab.names.length && random(4) === 0) await claim();
    }
    await Promise.all(underWay);
    console.log(`CHAOS_SEED=${SEED}: ${done.join(', ')}`);
    const healed = performance.now();
    await lab.meet();
    measured('nemesis', 'all see each other again', since(healed), 's');
    await converges();
    measured('nemesis', 'groups, presences and names are the same again', since(healed), 's');
    await verdict();
    measured('nemesis', 'faults', done.length, '');
  });
});

/** Somebody asks for a name; nobody may be there to give it away. */
async function claim(): Promise<void> {
  const node = pick([...lab.nodes.values()]);
  if (!busy.has(node.name)) await node.probe('startNamed', pick(NAMES)).catch(() => {});
}

async function converges(): Promise<void> {
  const nodes = [...lab.nodes.values()];
  for (const node of nodes) {
    await expect.poll(async () => ((await node.ask('member-1', 'members', 'members')) as string[]).length, SOON).toBe(6);
    if (!clients.some((each) => each.node === node)) await enter(node);
  }
  const living = clients.filter(({ node }) => nodes.includes(node));
  const names = living.map(({ node }) => `${node.name} ${node.child.pid}`).sort();
  for (const { client } of living) await expect.poll(() => people(client), SOON).toEqual(names);
  for (const name of NAMES) {
    await nodes[0]?.probe('startNamed', name);
    const agreed = async () => {
      const seen = await Promise.all(nodes.map((node) => node.probe('named', name)));
      return new Set(seen.map((one) => JSON.stringify(one))).size === 1 ? seen[0] : 'different answers';
    };
    await expect.poll(agreed, SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid/), token: expect.any(Number) });
    const { holder, answer } = (await agreed()) as { holder: string; answer: string };
    expect(answer).toBe(holder);
  }
}

/** What is on its way arrives; then everybody is asked what was heard. */
async function verdict(): Promise<void> {
  const nodes = [...lab.nodes.values()];
  const sent = new Map<TestNode, { [to: string]: number }>();
  for (const node of nodes) sent.set(node, (await node.ask('recorder', 'stop')) as { [to: string]: number });
  for (const from of nodes) {
    for (const to of lab.others(from.name)) {
      const last = async () => ((await to.ask('recorder', 'last')) as { [from: string]: number })[`${from.name}/${from.child.pid}`];
      await expect.poll(last, SOON).toBe((sent.get(from)?.[to.name] as number) - 1);
    }
  }
  const { problems, messages, nodedowns, monitors } = judge(lab.runs.map(({ name, child }) => readLog(name, child.pid, child.output)));
  expect(problems).toEqual([]);
  expect(messages).toBeGreaterThan(1000);
  expect(monitors).toBeGreaterThan(nodedowns);
  measured('nemesis', 'messages', messages, '');
  measured('nemesis', 'nodedowns', nodedowns, '');
}
