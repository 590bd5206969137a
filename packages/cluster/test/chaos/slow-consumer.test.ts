import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG, lasts, measured } from '../support/form.js';
import { Lab } from '../support/lab.js';
import { SOON, type TestNode } from '../support/node.js';

// One node publishes much on a topic that two others want; one of those stands still. The NATS server holds what that one does not
// read, up to its limit, and then cuts it off. The parts build on one another.
const TOPIC = 'slow';
const MESSAGE_BYTES = 16_384;
// 8 and 32 MB a second.
const PER_SECOND = LONG ? 2000 : 500;
const FROZEN_MS = 12_000;

let lab: Lab;
let publisher: TestNode;
let healthy: TestNode;
let frozen: TestNode;

interface Heard {
  readonly count: number;
  readonly missed: number;
  readonly next: number;
  readonly rss: number;
}

beforeAll(async () => {
  lab = await Lab.start({
    schedulers: { publisher: 0, healthy: 0, frozen: 0 },
    direct: true,
    natsConfig: `write_deadline: "2s"\nmax_pending: ${LONG ? '32MB' : '8MB'}`,
  });
  [publisher, healthy, frozen] = lab.names.map((name) => lab.node(name)) as [TestNode, TestNode, TestNode];
  for (const node of [healthy, frozen]) await node.probe('listen', TOPIC);
}, 300_000);

afterAll(() => lab.close());

const heard = (node: TestNode) => node.probe('published') as Promise<Heard>;

describe('a node that does not read', () => {
  it('is cut off by the NATS server; the others miss nothing', { timeout: 90_000 }, async () => {
    await publisher.probe('publishSteadily', TOPIC, MESSAGE_BYTES, PER_SECOND);
    await expect.poll(async () => (await heard(frozen)).count, SOON).toBeGreaterThan(PER_SECOND);
    const before = await Promise.all([publisher, healthy].map(async (node) => (await heard(node)).rss));
    frozen.child.signal('SIGSTOP');
    await lab.nats.logs(/Slow Consumer Detected/);
    await lasts(FROZEN_MS);
    const { count, longestMs } = (await publisher.probe('stopPublishing')) as { count: number; longestMs: number };
    await expect.poll(() => heard(healthy), SOON).toMatchObject({ next: count, missed: 0 });
    const after = await Promise.all([publisher, healthy].map(async (node) => (await heard(node)).rss));
    measured('slow', 'longest turn of the publisher', longestMs / 1000, 's');
    measured('slow', 'growth of memory, publisher', ((after[0] as number) - (before[0] as number)) / 2 ** 20, 'MiB');
    measured('slow', 'growth of memory, healthy node', ((after[1] as number) - (before[1] as number)) / 2 ** 20, 'MiB');
    for (const node of [publisher, healthy]) {
      for (const down of node.said('NODEDOWN')) expect(down).toMatchObject({ node: 'frozen' });
      expect(node.child.output).not.toContain('the connection to NATS is lost');
    }
  });

  it('hears of it when it goes on: it says so, and topics reach it again', { timeout: 60_000 }, async () => {
    frozen.child.signal('SIGCONT');
    await frozen.child.waitFor(/cluster: broadcasts of other nodes were missed for \d+ ms/);
    await lab.meet();
    const { next } = await heard(frozen);
    await publisher.probe('publishSteadily', TOPIC, 100, 200);
    await expect.poll(async () => (await heard(frozen)).next, SOON).toBeGreaterThan(next);
    const { count } = (await publisher.probe('stopPublishing')) as { count: number };
    for (const node of [healthy, frozen]) await expect.poll(async () => (await heard(node)).next, SOON).toBe(count);
    expect((await heard(frozen)).missed).toBeGreaterThan(0);
    expect((await heard(healthy)).missed).toBe(0);
  });
});
