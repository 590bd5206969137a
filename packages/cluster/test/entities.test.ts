import { type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOON, TestNode } from './support/node.js';

// Processes that are addressed by a key, on three processes. The parts build on one another.
let nats: NatsServer;
let all: TestNode[];

const KEYS = Array.from({ length: 30 }, (_, i) => `key ${i}`);
type Cart = { readonly pid: string; readonly items: readonly string[] };

const node = (name: string) => all.find((one) => one.name === name) as TestNode;
const nodeOf = (pid: string) => /^#Pid<(\w+)\./.exec(pid)?.[1] as string;
const use = (on: TestNode, kind: string, key: string, method: string, ...args: readonly unknown[]) =>
  on.probe('entity', kind, key, method, ...args) as Promise<Cart>;

/** Where the processes of these keys run. */
async function places(kind: string, on: TestNode): Promise<Map<string, string>> {
  const found = await Promise.all(KEYS.map(async (key) => [key, nodeOf((await use(on, kind, key, 'add', 'look')).pid)] as const));
  return new Map(found);
}

/** All runs of a key's process that have started, on nodes of which there still is the output. */
const starts = (key: string) =>
  all.flatMap((each) => each.said('CART').filter((said) => (said as { key: string }).key === key && 'starts' in (said as object)));

beforeAll(async () => {
  nats = await startNats();
  all = await Promise.all(['one', 'two', 'three'].map((name, schedulers) => TestNode.start(name, nats.url, schedulers)));
  for (const each of all) await each.seesNodes(...all.filter((other) => other !== each).map(({ name }) => name));
}, 300_000);

afterAll(async () => {
  await Promise.all(all.map(({ child }) => child.kill()));
  await nats.close();
});

describe('an entity', () => {
  it('is one process, whoever uses it, and different keys are on different nodes', async () => {
    const answers = await Promise.all(
      KEYS.flatMap((key) => all.map(async (each) => ({ key, ...(await use(each, 'carts', key, 'add', each.name)) }))),
    );
    for (const key of KEYS) {
      const its = answers.filter((answer) => answer.key === key);
      expect(new Set(its.map(({ pid }) => pid)).size).toBe(1);
      expect(starts(key)).toHaveLength(1);
      expect(its.map(({ items }) => items.length).sort()).toEqual([1, 2, 3]);
    }
    expect(new Set(answers.map(({ pid }) => nodeOf(pid))).size).toBe(3);
  });

  it('says why it cannot be started, and is asked for again next time', async () => {
    for (const each of [...all, ...all]) {
      expect(await use(each, 'broken', 'x', 'add', 1)).toEqual({ code: 'init_failed', reason: expect.stringContaining('no x today') });
    }
  });

  it('that ends is started again by the next use', async () => {
    const before = await use(node('one'), 'carts', 'refuses', 'add', 'a');
    expect(await use(node('two'), 'carts', 'refuses', 'refuse')).toEqual({ code: 'exit', reason: 'refused' });
    const after = await use(node('three'), 'carts', 'refuses', 'add', 'b');
    expect(after.items).toEqual(['b']);
    expect(nodeOf(after.pid)).toBe(nodeOf(before.pid));
    expect(after.pid).not.toBe(before.pid);
  });
});

describe('an entity that has nothing to do', () => {
  it('is stopped, and is there again when it is used', async () => {
    const first = await use(node('one'), 'brief', 'short', 'add', 'a');
    await node(nodeOf(first.pid)).says('CART', { key: 'short', ends: first.pid, items: ['a'] });
    const second = await use(node('two'), 'brief', 'short', 'add', 'b');
    expect(second.items).toEqual(['b']);
    expect(second.pid).not.toBe(first.pid);
  });

  it('is not stopped while it works, or owes an answer', async () => {
    const [slow, late] = await Promise.all([
      use(node('one'), 'brief', 'slow', 'addSlowly', 'a', 700),
      use(node('two'), 'brief', 'late', 'addLater', 'a', 700),
    ]);
    expect([slow.items, late.items]).toEqual([['a'], ['a']]);
    expect([starts('slow').length, starts('late').length]).toEqual([1, 1]);
  });

  it('loses no call and doubles none, whenever it is stopped', async () => {
    const asked: Promise<Cart>[] = [];
    for (let round = 0; round < 12; round++) {
      for (const each of all) asked.push(use(each, 'brief', 'often', 'add', `${each.name} ${round}`));
      // As long as it takes to be stopped, more or less: the calls come before, while and after.
      await new Promise((resolve) => setTimeout(resolve, 90 + 10 * round));
    }
    for (const { items } of await Promise.all(asked)) expect(items.length).toBeGreaterThan(0);
    const ended = () =>
      all.flatMap((each) => each.said('CART') as { key: string; items?: string[] }[]).filter(({ key, items }) => key === 'often' && items);
    await expect.poll(() => ended().flatMap(({ items }) => items as string[]).length, SOON).toBe(36);
    expect(new Set(ended().flatMap(({ items }) => items as string[])).size).toBe(36);
  });
});

describe('when nodes go and come', () => {
  it('those of a killed node are started on others, and no others move', async () => {
    const before = await places('carts', node('one'));
    expect([...before.values()]).toContain('three');
    node('three').child.signal('SIGKILL');
    await node('one').seesNodes('two');
    await node('two').seesNodes('one');
    const after = await places('carts', node('two'));
    for (const [key, was] of before) {
      if (was === 'three') expect(['one', 'two']).toContain(after.get(key));
      else expect(after.get(key)).toBe(was);
    }
    expect(await places('carts', node('one'))).toEqual(after);
  });

  it('those that belong to a node that comes move there, in order', async () => {
    const before = await places('carts', node('one'));
    all[2] = await TestNode.start('three', nats.url, 2);
    await node('three').seesNodes('one', 'two');
    await expect.poll(async () => [...(await places('carts', node('three'))).values()].includes('three'), SOON).toBe(true);
    await expect
      .poll(async () => {
        const [a, b] = [await places('carts', node('one')), await places('carts', node('three'))];
        const moved = KEYS.filter((key) => a.get(key) !== before.get(key));
        return { same: KEYS.every((key) => a.get(key) === b.get(key)), to: [...new Set(moved.map((key) => a.get(key)))] };
      }, SOON)
      .toEqual({ same: true, to: ['three'] });
    const after = await places('carts', node('one'));
    for (const [key, was] of before) {
      if (after.get(key) === was) continue;
      await expect.poll(() => node(was).said('CART'), SOON).toContainEqual(expect.objectContaining({ key, ends: expect.any(String) }));
    }
  });

  it('those of a node that leaves are stopped in order, and calls meanwhile are answered by their next run', async () => {
    const before = await places('carts', node('one'));
    const theirs = KEYS.filter((key) => before.get(key) === 'three');
    expect(theirs.length).toBeGreaterThan(0);
    const left = node('three').child.kill();
    const answers: Cart[] = [];
    for (let i = 0; i < 20; i++)
      answers.push(...(await Promise.all(theirs.map((key) => use(node('one'), 'carts', key, 'add', `late ${i}`)))));
    await left;
    for (const { items } of answers) expect(items).toBeDefined();
    for (const key of theirs)
      await expect
        .poll(() =>
          (node('three').said('CART') as { key: string; ends?: string }[]).some((said) => said.key === key && said.ends !== undefined),
        )
        .toBe(true);
    expect([...(await places('carts', node('one'))).values()]).not.toContain('three');
  });
});
