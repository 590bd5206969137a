import { type Pid, type Ref, type Strategy, Supervisor, spawn, supervise } from '@rekindle/kernel';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { check } from '../../kernel/test/support/property.js';
import { type Agent, Agents } from './fixtures/agent.mjs';
import { TestNode } from './support/node.js';

interface Tree {
  readonly thread: number;
  readonly strategy: Exclude<Strategy, 'simpleOneForOne'>;
  readonly children: readonly { readonly thread: number; readonly restart: 'permanent' | 'transient' }[];
}

type Op =
  | { readonly op: 'thread'; readonly index: number; readonly how: 'kill' | 'exit' | 'recycle' }
  | { readonly op: 'child'; readonly tree: number; readonly child: number }
  | { readonly op: 'pause'; readonly ms: number };

const thread = fc.nat({ max: 2 });
const child = fc.record({ thread, restart: fc.constantFrom('permanent' as const, 'transient' as const) });
const tree: fc.Arbitrary<Tree> = fc.record({
  thread,
  strategy: fc.constantFrom('oneForOne', 'oneForAll', 'restForOne'),
  children: fc.array(child, { minLength: 1, maxLength: 4 }),
});
const death = fc.record({ op: fc.constant('thread' as const), index: thread, how: fc.constantFrom('kill', 'exit', 'recycle') });
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 2, arbitrary: death },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('child' as const), tree: fc.nat({ max: 2 }), child: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('pause' as const), ms: fc.nat({ max: 40 }) }) },
);

class Top extends Supervisor {
  override init({ trees, listener }: { trees: readonly Tree[]; listener: Pid }) {
    const children = trees.map(({ thread, strategy, children }, t) => ({
      id: `tree ${t}`,
      start: Agents,
      thread,
      shutdown: 5_000,
      args: {
        strategy,
        maxRestarts: 10_000,
        children: children.map((child, c) => ({ ...child, id: `child ${c}`, args: { talkTo: listener } })),
      },
    }));
    return supervise({ children, maxRestarts: 10_000 });
  }
}

interface Count {
  readonly pid: Pid;
  readonly n: number;
}

/** Hears all of them count. What it notices that must not be is in `wrong`. */
class Listener {
  readonly wrong: string[] = [];
  readonly pid: Pid<unknown>;
  readonly #next = new Map<Pid, number>();
  readonly #down = new Set<Pid>();

  constructor() {
    const heard = (message: Count | { readonly type: 'DOWN'; readonly pid: Pid }, monitor: (pid: Pid) => void): void => {
      if (!('n' in message)) {
        if (this.#down.has(message.pid)) this.wrong.push(`${String(message.pid)} went down twice`);
        this.#down.add(message.pid);
        return;
      }
      const { pid, n } = message;
      const expected = this.#next.get(pid) ?? 0;
      if (this.#down.has(pid)) this.wrong.push(`${String(pid)} said ${n} after it had gone down`);
      else if (n !== expected) this.wrong.push(`${String(pid)} said ${n} instead of ${expected}`);
      if (expected === 0) monitor(pid);
      this.#next.set(pid, n + 1);
    };
    this.pid = spawn<unknown>(function* (context) {
      for (;;) heard((yield* context.receive()) as Count, (pid) => void context.monitor(pid));
    });
  }

  /** Which of them have not gone down. */
  get counting(): Set<Pid> {
    return new Set([...this.#next.keys()].filter((pid) => !this.#down.has(pid)));
  }
}

let node: TestNode;
beforeAll(async () => {
  node = new TestNode({ recycleTimeoutMs: 200 });
  await node.threads.start();
});
afterAll(() => node.stop());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The processes of the trees as their supervisors have them; undefined while something is not there. */
async function processes(top: Pid, trees: readonly Tree[]): Promise<Pid[] | undefined> {
  const all: Pid[] = [];
  try {
    const nodes = await Supervisor.whichChildren(top as never);
    for (const [t, { children }] of trees.entries()) {
      const found = nodes.find(({ id }) => id === `tree ${t}`)?.pid;
      if (found === undefined) return undefined;
      const own = await Supervisor.whichChildren(found as never);
      const ids = own.map(({ id }) => id).sort();
      expect(ids).toEqual(children.map((_child, c) => `child ${c}`));
      for (const { pid } of own) {
        if (pid === undefined || (await (pid as unknown as Ref<Agent>).call('echo', 'yes')) !== 'yes') return undefined;
        all.push(pid as Pid);
      }
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === undefined) throw error;
    return undefined;
  }
  return all;
}

async function act(one: Op, top: Pid): Promise<void> {
  if (one.op === 'pause') return await sleep(one.ms);
  if (one.op === 'thread') {
    const { running } = node.threads;
    const number = running[one.index % Math.max(1, running.length)];
    if (number === undefined) return;
    if (one.how === 'kill') node.threads.kill(number);
    else if (one.how === 'recycle') node.threads.recycle(number);
    else await node.exitThread(number);
    return;
  }
  try {
    const nodes = await Supervisor.whichChildren(top as never);
    const found = nodes.find(({ id }) => id === `tree ${one.tree}`)?.pid;
    const own = found === undefined ? [] : await Supervisor.whichChildren(found as never);
    (own[one.child]?.pid as unknown as Ref<Agent> | undefined)?.cast('fail', 'boom');
  } catch {
    // it has died
  }
}

describe('supervisors and their children on three threads of which any may die at any moment', () => {
  it('come to what their specifications say, and nobody hears of what has died', async () => {
    const holds = async ([trees, ops]: readonly [readonly Tree[], readonly Op[]]): Promise<void> => {
      const listener = new Listener();
      const probe = new Probe({ trapExit: true });
      const top = (await probe.do((context) => context.startLink(Top, { trees, listener: listener.pid }))) as Pid;
      for (const one of ops) await act(one, top);
      await node.running(3);
      // Every child runs, once, and is one of those that count; nobody else does.
      for (;;) {
        const expected = await processes(top, trees);
        const { counting } = listener;
        if (expected !== undefined && expected.length === counting.size && expected.every((pid) => counting.has(pid))) break;
        await sleep(5);
      }
      await probe.do((context) => context.exit(top, 'shutdown'));
      while (listener.counting.size > 0) await sleep(5);
      expect(listener.wrong).toEqual([]);
      probe.tell((context) => context.exit(listener.pid, 'kill'));
      probe.tell((context) => context.exit(context.self, 'kill'));
    };
    const inputs = fc.tuple(
      fc.array(tree, { minLength: 1, maxLength: 3 }),
      fc
        .tuple(fc.array(op, { maxLength: 12, size: 'max' }), death, fc.array(op, { maxLength: 12, size: 'max' }))
        .map(([before, one, after]): Op[] => [...before, one, ...after]),
    );
    const before = node.downs.length;
    await check(8, inputs, (input) => inTime(holds(input)), { endOnFailure: true });
    expect(node.downs.length - before).toBeGreaterThanOrEqual(8);
    expect(node.fatal).toEqual([]);
  }, 240_000);
});

/** What never comes is a failure of this run, so that its seed is printed. */
async function inTime(done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('something that has to come has not come within a minute')), 60_000);
  });
  await Promise.race([done, late]).finally(() => clearTimeout(timer));
}
