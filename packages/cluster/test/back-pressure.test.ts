import { type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOON, TestNode } from './support/node.js';

// A process that sends to a node which does not read is held: it gets no further message, others do.
const MIB = 2 ** 20;
const MESSAGE_BYTES = MIB / 16;
/** 40 MiB: less than breaks the way there, more than anybody may have waiting. */
const MESSAGES = 640;

let nats: NatsServer;
let reader: TestNode;

beforeAll(async () => {
  nats = await startNats();
  reader = await TestNode.start('reader', nats.url, 0);
}, 300_000);

afterAll(async () => {
  reader.child.signal('SIGCONT');
  await reader.child.kill();
  await nats.close();
});

describe.each([0, 1])('a process of a node with %i scheduler threads', (schedulers) => {
  it('that sends to a node which does not read is held, until that one reads', async () => {
    const writer = await TestNode.start(`writer-${schedulers}`, nats.url, schedulers);
    await writer.seesNodes('reader');
    const down = writer.child.output.length;
    reader.child.signal('SIGSTOP');
    await writer.ask('pump', 'pump', 'reader', writer.name, MESSAGES, MESSAGE_BYTES);
    const waiting = async () => (await writer.stats()).nodes.find(({ node }) => node === 'reader')?.bufferedBytes ?? 0;
    await expect.poll(waiting, { ...SOON, interval: 10 }).toBeGreaterThan(8 * MIB);
    // Its neighbour is served, and sees that it stands still.
    let before: unknown;
    const standsStill = async (): Promise<boolean> => {
      const now = await writer.probe('pumped');
      const still = now === before;
      before = now;
      return still;
    };
    await expect.poll(standsStill, { ...SOON, interval: 10 }).toBe(true);
    expect(before).toBeLessThan(MESSAGES / 2);
    expect(await waiting()).toBeLessThan(20 * MIB);
    reader.child.signal('SIGCONT');
    await expect.poll(() => reader.ask('sink', 'got', writer.name), SOON).toEqual({ count: MESSAGES, wrong: 0 });
    expect(await writer.probe('pumped')).toBe(MESSAGES);
    expect(writer.said('NODEDOWN', down)).toEqual([]);
    await writer.child.kill();
  }, 40_000);
});

describe('a process that is held', () => {
  it('is so no longer when the node that does not read is down', async () => {
    const writer = await TestNode.start('other', nats.url, 1);
    await writer.seesNodes('reader');
    reader.child.signal('SIGSTOP');
    await writer.ask('pump', 'pump', 'reader', writer.name, MESSAGES, MESSAGE_BYTES);
    await writer.says('NODEDOWN', { node: 'reader' });
    // The rest goes nowhere.
    await expect.poll(() => writer.probe('pumped'), SOON).toBe(MESSAGES);
    reader.child.signal('SIGCONT');
    await writer.seesNodes('reader');
    await writer.child.kill();
  }, 40_000);
});
