import {
  BROADCAST_WAITING_BYTES,
  BROADCAST_WINDOW_BYTES,
  type ClusterTransport,
  NatsAdapter,
  NatsTransport,
  Subjects,
  type TransportEvent,
} from '@rekindle/cluster/internal';
import { type NatsServer, startNats } from '@rekindle/e2e';
import { Kernel } from '@rekindle/kernel/internal';
import type { Content } from '@rekindle/pubsub';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

// Two nodes on a real NATS server that stops reading.

const TOPIC = 'room:1';
const BYTES = 64 * 1024;
/** What fits between two answers, and what may wait behind it; a frame is a little larger than its text. */
const [WINDOW, WAITING] = [BROADCAST_WINDOW_BYTES / BYTES - 1, BROADCAST_WAITING_BYTES / BYTES - 1];

let nats: NatsServer;
const running: ClusterTransport[] = [];

beforeAll(async () => {
  nats = await startNats();
}, 300_000);
afterEach(async () => {
  nats.cont();
  await Promise.all(running.splice(0).map((transport) => transport.stop()));
});
afterAll(() => nats.close());

interface Side {
  readonly adapter: NatsAdapter;
  readonly transport: ClusterTransport;
  /** Numbers of messages that have come. */
  readonly heard: number[];
  readonly dropped: number[];
}

async function side(node: string): Promise<Side> {
  const transport = new NatsTransport({ servers: nats.url }, node, `_INBOX_${node}`);
  running.push(transport);
  const heard: number[] = [];
  const dropped: number[] = [];
  const events = { isGone: () => false, bad: () => {}, refused: () => {}, dropped: (count: number) => void dropped.push(count) };
  const adapter = new NatsAdapter(new Kernel({ node, incarnation: 1 }), transport, new Subjects('window'), events);
  await new Promise<void>((resolve) =>
    transport.start((event: TransportEvent) => {
      if (event.type === 'connected') resolve();
      if (event.type === 'disconnected') adapter.disconnected();
    }),
  );
  await adapter.start((_topic, content) => heard.push(Number((content as { payload: string }).payload.split(' ')[0])));
  return { adapter, transport, heard, dropped };
}

/** A number and text behind it, `BYTES` long. */
const numbered = (n: number): Content => ({ kind: 'event', event: 'said', payload: `${n} `.padEnd(BYTES, 'x') });

describe('broadcasts that NATS does not read', () => {
  it('wait in order, and the oldest of those are dropped; all others arrive, and are counted', async () => {
    const [a, b] = [await side('a'), await side('b')];
    await b.adapter.subscribe(TOPIC);
    nats.stop();
    const count = 600;
    for (let n = 0; n < count; n++) a.adapter.publish(TOPIC, numbered(n));
    const { sent, droppedSlow, waitingBytes } = a.adapter.counts;
    expect(sent).toBe(WINDOW);
    expect(droppedSlow).toBe(count - WINDOW - WAITING);
    expect(waitingBytes).toBeLessThanOrEqual(BROADCAST_WAITING_BYTES);
    nats.cont();
    await a.adapter.emptied();
    a.adapter.publish(TOPIC, numbered(count));
    await expect.poll(() => b.heard.at(-1), { timeout: 10_000 }).toBe(count);
    const arrived = Array.from({ length: count + 1 }, (_, n) => n).filter((n) => n < WINDOW || n >= count - WAITING);
    expect(b.heard).toEqual(arrived);
    expect(a.adapter.counts).toMatchObject({ sent: arrived.length, droppedSlow, waitingBytes: 0, droppedDisconnected: 0 });
    expect(b.adapter.counts.received).toBe(arrived.length);
    // Said once a second, and only what is new.
    for (const now of [5000, 5001, 7000]) a.adapter.tick(now);
    expect(a.dropped).toEqual([droppedSlow]);
  });

  it('are lost with the connection, and counted; the next one carries new ones', async () => {
    const [a, b] = [await side('a'), await side('b')];
    await b.adapter.subscribe(TOPIC);
    nats.stop();
    const count = WINDOW + 50;
    for (let n = 0; n < count; n++) a.adapter.publish(TOPIC, numbered(n));
    await nats.kill();
    await expect.poll(() => a.transport.connected).toBe(false);
    await a.adapter.emptied();
    expect(a.adapter.counts).toMatchObject({ sent: WINDOW, droppedDisconnected: 50, droppedSlow: 0, waitingBytes: 0 });
    await nats.restart();
    await expect.poll(() => a.transport.connected && b.transport.connected, { timeout: 10_000 }).toBe(true);
    await b.transport.flush();
    for (let n = 0; n < 300; n++) {
      a.adapter.publish(TOPIC, numbered(1000 + n));
      if (n % 50 === 0) await a.adapter.emptied();
    }
    await expect.poll(() => b.heard.at(-1), { timeout: 10_000 }).toBe(1299);
    expect(b.heard.filter((n) => n >= 1000)).toHaveLength(300);
  });

  it('are given to the connection whole, or dropped whole, when they come in parts', async () => {
    const [a, b] = [await side('a'), await side('b')];
    const large: string[] = [];
    await b.adapter.start((_topic, content) => large.push((content as { payload: string }).payload.slice(0, 8)));
    await b.adapter.subscribe(TOPIC);
    nats.stop();
    for (let n = 0; n < 10; n++) a.adapter.publish(TOPIC, { kind: 'event', event: 'said', payload: `${n} `.padEnd(3 * 2 ** 20, 'x') });
    expect(a.adapter.counts).toMatchObject({ sent: 2, droppedSlow: 6 });
    nats.cont();
    await expect.poll(() => large.map((text) => Number(text.split(' ')[0])), { timeout: 10_000 }).toEqual([0, 1, 8, 9]);
  });
});
