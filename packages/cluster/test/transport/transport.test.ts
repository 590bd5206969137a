import { type ClusterTransport, MemoryBroker, type MemoryTransport, NatsTransport, type TransportEvent } from '@rekindle/cluster/internal';
import { type NatsServer, startNats } from '@rekindle/e2e';
import { nodeHost } from '@rekindle/kernel/internal';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

// What the cluster needs of a broker holds of NATS and of what stands in for it in simulations.

interface Broker {
  transport(name: string): ClusterTransport;
  /** All connections break, and come back. */
  interrupt(whileAway: () => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

async function nats(): Promise<Broker> {
  const server: NatsServer = await startNats({ config: 'authorization { token: "100%" }' });
  return {
    transport: (name) => new NatsTransport({ servers: `nats://100%@127.0.0.1:${server.port}` }, name, `_INBOX_${name}`),
    async interrupt(whileAway) {
      await server.kill();
      await whileAway();
      await server.restart();
    },
    close: () => server.close(),
  };
}

async function memory(): Promise<Broker> {
  const broker = new MemoryBroker(nodeHost);
  const transports: MemoryTransport[] = [];
  return {
    transport(name) {
      const transport = broker.transport(name);
      transports.push(transport);
      return transport;
    },
    async interrupt(whileAway) {
      for (const transport of transports) transport.cut();
      await whileAway();
      for (const transport of transports) transport.restore();
    },
    close: async () => {},
  };
}

const SOON = { timeout: 15_000, interval: 20 };

describe.each([
  { name: 'NATS', start: nats },
  { name: 'memory', start: memory },
])('a transport over $name', ({ start }) => {
  let broker: Broker;
  let a: ClusterTransport;
  let b: ClusterTransport;
  const events: TransportEvent[] = [];

  beforeAll(async () => {
    broker = await start();
  }, 300_000);
  afterAll(() => broker.close());

  beforeEach(async () => {
    [a, b] = [broker.transport('a'), broker.transport('b')];
    events.length = 0;
    a.start((event) => events.push(event));
    b.start(() => {});
    expect(events).toEqual([]);
    await vi.waitFor(() => expect([a.connected, b.connected]).toEqual([true, true]), SOON);
  });
  afterEach(async () => {
    await a.stop();
    await b.stop();
  });

  const bytes = (text: string): Buffer => Buffer.from(text);

  /** What arrives on a subject at b. */
  async function listen(subject: string): Promise<string[]> {
    const heard: string[] = [];
    b.subscribe(subject, (payload, delivery) => heard.push(`${delivery.subject} ${Buffer.from(payload).toString()}`));
    await b.flush();
    return heard;
  }

  it('says that it is connected, and to what', () => {
    expect(events).toEqual([{ type: 'connected', server: expect.any(String) }]);
    expect(a.maxPayload).toBe(2 ** 20);
  });

  it('carries bytes in order, to all who listen', async () => {
    const heard = await listen('x.1');
    const again = await listen('x.1');
    for (let i = 0; i < 1000; i++) expect(a.publish('x.1', bytes(`${i}`))).toBe(true);
    await vi.waitFor(() => expect(heard).toHaveLength(1000), SOON);
    expect(heard).toEqual(Array.from({ length: 1000 }, (_, i) => `x.1 ${i}`));
    expect(again).toEqual(heard);
  });

  it('knows a star as one part of a subject', async () => {
    const heard = await listen('y.*.z');
    for (const subject of ['y.1.z', 'y.z', 'y.1.2.z', 'y.2.z', 'y.1.zz', 'y.3.z']) a.publish(subject, bytes(''));
    await vi.waitFor(() => expect(heard).toEqual(['y.1.z ', 'y.2.z ', 'y.3.z ']), SOON);
  });

  it('brings nothing back to who has sent it', async () => {
    const heard = await listen('own');
    const echoes: string[] = [];
    a.subscribe('own', () => echoes.push('echo'));
    await a.flush();
    a.publish('own', bytes('1'));
    b.publish('own', bytes('2'));
    await vi.waitFor(() => expect([heard, echoes]).toEqual([['own 1'], ['echo']]), SOON);
  });

  it('stops listening', async () => {
    const heard: string[] = [];
    const listening = b.subscribe('s', () => heard.push('heard'));
    const rest = await listen('t');
    listening.unsubscribe();
    await b.flush();
    a.publish('s', bytes(''));
    a.publish('t', bytes(''));
    await vi.waitFor(() => expect(rest).toHaveLength(1), SOON);
    expect(heard).toEqual([]);
  });

  it('brings answers, and knows that nobody is there from nobody answering', async () => {
    b.answer('ping', () => bytes('pong'));
    await b.flush();
    expect(Buffer.from((await a.request('ping', bytes('?'), 10_000)) as Uint8Array).toString()).toBe('pong');
    expect(await a.request('nobody', bytes('?'), 10_000)).toBe('no_responders');
    await b.stop();
    await vi.waitFor(async () => expect(await a.request('ping', bytes('?'), 10_000)).toBe('no_responders'), SOON);
  });

  it('outlives its connection: who listened listens again, and what is said meanwhile is refused', async () => {
    const heard = await listen('news');
    b.answer('ping2', () => bytes('pong'));
    await broker.interrupt(async () => {
      await vi.waitFor(() => expect([a.connected, b.connected]).toEqual([false, false]), SOON);
      expect(a.publish('news', bytes('lost'))).toBe(false);
      expect(await a.request('ping2', bytes('?'), 10_000)).toBe('timeout');
      await a.flush();
    });
    await vi.waitFor(() => expect([a.connected, b.connected]).toEqual([true, true]), SOON);
    await b.flush();
    a.publish('news', bytes('kept'));
    await vi.waitFor(() => expect(heard).toEqual(['news kept']), SOON);
    expect(Buffer.from((await a.request('ping2', bytes('?'), 10_000)) as Uint8Array).toString()).toBe('pong');
    expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('is silent when it was stopped', async () => {
    const heard = await listen('after');
    await a.stop();
    expect(a.connected).toBe(false);
    expect(a.publish('after', bytes('1'))).toBe(false);
    await a.flush();
    expect(events).toHaveLength(1);
    expect(heard).toEqual([]);
  });
});
