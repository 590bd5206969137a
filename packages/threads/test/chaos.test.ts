import { type Pid, type Ref, whereis } from '@rekindle/kernel';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { check } from '../../kernel/test/support/property.js';
import type { Agent } from './fixtures/agent.mjs';
import { TestNode } from './support/node.js';

const AGENTS = 6;

type Op =
  | { readonly op: 'join' | 'part' | 'watch'; readonly by: number; readonly to: number }
  | { readonly op: 'unwatch'; readonly by: number }
  | { readonly op: 'name'; readonly by: number; readonly name: string }
  | { readonly op: 'exit'; readonly who: number; readonly reason: string }
  | { readonly op: 'thread'; readonly index: number; readonly how: 'kill' | 'exit' }
  | { readonly op: 'pause' };

const who = fc.nat({ max: AGENTS - 1 });
const death = fc.record({
  op: fc.constant('thread' as const),
  index: fc.nat({ max: 2 }),
  how: fc.constantFrom('kill' as const, 'exit' as const),
});
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ op: fc.constantFrom('join' as const, 'watch' as const, 'watch' as const, 'part' as const), by: who, to: who }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('unwatch' as const), by: who }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('name' as const), by: who, name: fc.constantFrom('x', 'y') }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('exit' as const), who, reason: fc.constantFrom('kill', 'boom', 'normal') }) },
  { weight: 1, arbitrary: death },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('pause' as const) }) },
);

let node: TestNode;
beforeAll(async () => {
  node = new TestNode();
  await node.threads.start();
});
afterAll(() => node.stop());

/** What a process under test has set, as far as it was told to, and what it has heard. */
interface Watching {
  readonly ids: Set<number>;
  readonly removed: Set<number>;
}

class Play {
  readonly probe = new Probe({ trapExit: true });
  readonly agents: Ref<Agent>[] = [];
  readonly #watching: Watching[] = [];
  /** Monitors that the gateway's probe holds of every agent. */
  #refs: unknown[] = [];

  async open(): Promise<void> {
    for (let i = 0; i < AGENTS; i++) {
      this.agents.push(await node.agent(i % 3));
      this.#watching.push({ ids: new Set(), removed: new Set() });
    }
    this.#refs = await this.probe.do((context) => this.agents.map((agent) => context.monitor(agent)));
  }

  /** Everything is told without waiting for what becomes of it, except that the answers are kept. */
  run(ops: readonly Op[]): Promise<unknown> {
    return Promise.all(ops.map((op) => this.#act(op)));
  }

  async #act(op: Op): Promise<void> {
    const agent = (i: number): Ref<Agent> => this.agents[i] as Ref<Agent>;
    if (op.op === 'thread') {
      const thread = node.threads.running[op.index % Math.max(1, node.threads.running.length)];
      if (thread === undefined) return;
      if (op.how === 'kill') node.threads.kill(thread);
      else await node.exitThread(thread);
      return;
    }
    if (op.op === 'exit') return void (await this.probe.do((context) => context.exit(agent(op.who), op.reason)));
    if (op.op === 'pause') return await new Promise(setImmediate);
    const watching = this.#watching[op.by] as Watching;
    try {
      if (op.op === 'watch') watching.ids.add(await agent(op.by).call('watch', agent(op.to)));
      else if (op.op === 'unwatch') {
        const [id] = [...watching.ids].filter((one) => !watching.removed.has(one));
        if (id === undefined) return;
        watching.removed.add(id);
        await agent(op.by).call('unwatch', id, { flush: true });
      } else if (op.op === 'name') await agent(op.by).call('claim', op.name);
      else await agent(op.by).call(op.op, agent(op.to));
    } catch {
      // it has died
    }
  }

  /** Ends all but the watchers that are asked; every monitor has to have fired once, those taken back not at all. */
  async judge(): Promise<void> {
    await node.until(() => node.threads.running.length === 3);
    const judge = await node.agent(0);
    for (let by = 0; by < AGENTS; by++) {
      const watcher = this.agents[by] as Ref<Agent>;
      // All others end; the watcher sees the last of them.
      if (!(await lives(watcher))) continue;
      await this.probe.do((context) => this.agents.forEach((agent) => void (agent !== watcher && context.exit(agent, 'kill'))));
      await Promise.all(this.agents.map((agent) => agent !== watcher && gone(agent)));
      await this.#heard(by, watcher, judge);
    }
    await this.probe.do((context) => context.exit(judge, 'kill'));
    await this.probe.do((context) => this.agents.forEach((agent) => void context.exit(agent, 'kill')));
    await this.#allDown();
  }

  async #heard(by: number, watcher: Ref<Agent>, judge: Ref<Agent>): Promise<void> {
    const { ids, removed } = this.#watching[by] as Watching;
    const expected = [...ids].filter((id) => !removed.has(id)).length;
    const seen = new Map<number, number>();
    const selfWatched = new Set<number>();
    // Its own mail says what it heard of; monitors of itself cannot have fired.
    const own = await watcher.call('ownMonitors');
    for (const id of own) selfWatched.add(id);
    const wanted = expected - [...selfWatched].filter((id) => ids.has(id) && !removed.has(id)).length;
    let downs = 0;
    while (downs < wanted) {
      for (const message of (await watcher.call('mail', 1)) as { type?: string; ref: number }[]) {
        if (message.type !== 'DOWN') continue;
        downs++;
        seen.set(message.ref, (seen.get(message.ref) ?? 0) + 1);
      }
    }
    // What might still come would come before this.
    await judge.call('forward', watcher, 'echo', 0);
    await watcher.call('post', watcher, 'end');
    for (const message of (await watcher.call('mail', 1)) as { type?: string; ref: number }[]) {
      if (message.type === 'DOWN') seen.set(message.ref, (seen.get(message.ref) ?? 0) + 1);
    }
    for (const [id, times] of seen) {
      if (times !== 1) throw new Error(`monitor ${id} of agent ${by} fired ${times} times`);
      if (removed.has(id)) throw new Error(`monitor ${id} of agent ${by} was taken back and fired`);
    }
  }

  /** The gateway's own monitors: one DOWN each. */
  async #allDown(): Promise<void> {
    const heard: unknown[] = [];
    while (heard.length < AGENTS)
      heard.push((await this.probe.next<{ ref: unknown }>((message) => (message as { type?: string }).type === 'DOWN')).ref);
    if (new Set([...heard, ...this.#refs]).size !== AGENTS) throw new Error('a DOWN came twice');
    const rest = await this.probe.mail();
    if (rest.length > 0) throw new Error(`more mail: ${JSON.stringify(rest)}`);
    this.probe.tell((context) => context.exit(context.self, 'kill'));
  }
}

async function lives(agent: Ref<Agent>): Promise<boolean> {
  return await agent.call('echo', true).then(
    () => true,
    () => false,
  );
}

async function gone(agent: Ref<Agent>): Promise<void> {
  while (await lives(agent));
}

describe('processes on three threads of which any may die at any moment', () => {
  it('hear of each end exactly once, and nothing of them is left', async () => {
    const deaths = node.downs.length;
    const holds = async (ops: readonly Op[]): Promise<void> => {
      const play = new Play();
      await play.open();
      await play.run(ops);
      await play.judge();
      const left: string[] = [...node.peers.map((peer) => `the gateway remembers ${peer}`)];
      for (const name of ['x', 'y']) if (whereis(name) !== undefined) left.push(`${name} is ${String(whereis(name) as Pid)}`);
      for (const thread of node.threads.running) {
        const { alive, peers, names } = await settled(thread);
        if (alive > 0 || peers.length > 0 || names.length > 0) left.push(`${thread}: ${alive} alive, ${String(peers)}, ${String(names)}`);
      }
      if (left.length > 0) throw new Error(left.join('; '));
    };
    const some = fc.array(op, { maxLength: 40, size: 'max' });
    const ops = fc.tuple(some, death, some).map(([before, one, after]) => [...before, one, ...after]);
    await check(12, ops, (input) => inTime(holds(input)), { endOnFailure: true });
    expect(node.downs.length - deaths).toBeGreaterThanOrEqual(12);
    expect(node.fatal).toEqual([]);
  }, 60_000);
});

/** What never comes is a failure of this run, so that its seed is printed. */
async function inTime(done: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('something that has to come has not come within 15 s')), 15_000);
  });
  await Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/** Acknowledgements between two threads may still be on their way; each look waits for a round trip. */
async function settled(thread: number): ReturnType<TestNode['stats']> {
  let stats = await node.stats(thread);
  for (let looks = 0; looks < 50 && (stats.alive > 0 || stats.peers.length > 0); looks++) {
    await new Promise(setImmediate);
    stats = await node.stats(thread);
  }
  return stats;
}
