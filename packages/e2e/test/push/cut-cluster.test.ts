import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { startPush } from './endpoint.js';
import { builds, chance, Watcher } from './watcher.js';

// Official clients of a cluster whose lines are cut, whose nodes are killed and whose NATS server is killed, while numbers are
// published that JetStream keeps. CUT_SEED repeats a choice of cuts.

const BATCHES = 100;
const BATCH = 100;
const LAST = BATCHES * BATCH;
/** How far a client may fall behind: less than what the topic keeps. */
const BEHIND = 1000;
const KEY = 'a-key-of-at-least-20-characters';
const seed = Number(process.env.CUT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Three nodes of which some are gone at times. */
class Nodes {
  readonly #nats: NatsServer;
  readonly running: TestEndpoint[] = [];
  readonly #names = new Map<TestEndpoint, string>();

  constructor(nats: NatsServer) {
    this.#nats = nats;
  }

  async start(name: string): Promise<void> {
    const cluster = { servers: this.#nats.url, name: 'cut', history: 'jetstream' };
    const settings = { endpoint: { publish: { keys: [{ name: 'test', key: KEY, topics: ['match:*', 'plain:*'] }] } } };
    const node = await startPush({ schedulers: 1, node: name, cluster }, settings);
    this.#names.set(node, name);
    this.running.push(node);
  }

  /** It dies as in a crash. Answers its name. */
  async kill(node: TestEndpoint): Promise<string> {
    this.running.splice(this.running.indexOf(node), 1);
    node.child.signal('SIGKILL');
    await node.child.exited;
    return this.#names.get(node) as string;
  }

  at(number: number): TestEndpoint {
    return this.running[number % this.running.length] as TestEndpoint;
  }
}

/** Publishes a batch through a node or, if that does not say that it has, another one. How often it took. */
async function publish(nodes: Nodes, node: TestEndpoint, first: number): Promise<number> {
  const messages = Array.from({ length: BATCH }, (_, i) => ({
    topics: ['match:cut', 'plain:cut'],
    event: 'number',
    payload: { n: first + i },
    id: `number-${first + i}`,
  }));
  for (let attempt = 1; ; attempt++) {
    const { url } = attempt === 1 ? node : nodes.at(attempt);
    const response = await fetch(`${url}/api/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ messages }),
    }).catch(() => null);
    if (response?.status === 200) return attempt;
    if (response !== null) expect(response.status).toBe(503);
  }
}

describe(`cuts of a cluster, CUT_SEED=${seed}`, () => {
  it('nodes and NATS are killed, and of 10,000 numbers every client sees each once and in order', async () => {
    const random = chance(seed);
    const folder: TempFolder = tempFolder('jetstream');
    const nats = await startNats({ jetstreamDir: folder.path });
    const nodes = new Nodes(nats);
    await Promise.all(['a', 'b', 'c'].map((name) => nodes.start(name)));
    let next = 0;
    const watchers = await Promise.all(Object.values(builds).map((Socket) => Watcher.open(() => nodes.at(next++).port, Socket, LAST)));
    let repeats = 0;
    const gone: string[] = [];
    const back: Promise<void>[] = [];
    try {
      for (let batch = 0; batch < BATCHES; batch++) {
        const publisher = nodes.at(batch);
        const published = publish(nodes, publisher, batch * BATCH + 1);
        for (const { proxy } of watchers) if (random() < 0.1) proxy.cut();
        if (batch === 20 || batch === 70) {
          // Somewhere in its batch.
          await watchers[0]?.hasKept(batch * BATCH + 5);
          gone.push(await nodes.kill(publisher));
        }
        if (batch === 40 || batch === 85) back.push(nodes.start(gone.pop() as string));
        if (batch === 55) {
          await nats.kill();
          await nats.restart();
        }
        repeats += (await published) - 1;
        await Promise.all(watchers.map((watcher) => watcher.hasKept((batch + 1) * BATCH - BEHIND)));
      }
      await Promise.all(watchers.map(({ done }) => done));
      await Promise.all(back);
      const all = Array.from({ length: LAST }, (_, i) => i + 1);
      const shown = watchers.map(({ kept, plain, lost, proxy }, i) => {
        expect(kept).toEqual(all);
        expect(lost).toEqual([]);
        return `${Object.keys(builds)[i]}: ${proxy.cuts} cuts, ${LAST - new Set(plain).size} lost on the plain topic`;
      });
      const counters = await Promise.all(nodes.running.map((node) => node.counters()));
      const sum = (name: string) => counters.reduce((total, counted) => total + (counted[name] ?? 0), 0);
      expect(sum('notRecovered')).toBe(0);
      expect(sum('recovered')).toBeGreaterThan(10);
      console.log(
        `${shown.join('; ')}; ${sum('recovered')} recovered, ${sum('storeReads')} reads of the store, ${repeats} batches repeated`,
      );
    } finally {
      for (const watcher of watchers) watcher.close();
      await Promise.allSettled(back);
      await Promise.all(nodes.running.map((node) => node.stop()));
      await nats.close();
      folder.remove();
    }
  }, 120_000);
});
