import type { Child } from '@rekindle/e2e';
import { debianProgram, freePort, redisServer, start } from '@rekindle/e2e';
import { Kernel } from '@rekindle/kernel/internal';
import { type Adapter, type Content, PubSub } from '@rekindle/pubsub';
import { adapterContract } from '@rekindle/pubsub/contract';
import { Hub, LocalUplink } from '@rekindle/pubsub/internal';
import { connectRedis } from '@rekindle/redis';
import { checkOptions, RedisAdapter, shownUrl } from '@rekindle/redis/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let redis: Child;
let port: number;
let url: string;

async function startRedis(): Promise<Child> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  return start(await debianProgram(redisServer), args, { ready: /Ready to accept connections/ });
}

beforeAll(async () => {
  port = await freePort();
  url = `redis://127.0.0.1:${port}`;
  redis = await startRedis();
}, 300_000);
afterAll(() => redis.kill());

const wrong = (what: string) => (): void => {
  throw new Error(what);
};
const ignore = (): void => {};

function adapterOf(node: string, interest: 'topic' | 'flood' = 'topic'): RedisAdapter {
  const events = { connected: ignore, disconnected: ignore, bad: wrong('a bad frame'), refused: wrong('a refused message') };
  return new RedisAdapter(new Kernel({ node, incarnation: 1 }), { url, name: 'contract', interest }, events);
}

describe.each(['topic', 'flood'] as const)('topics over Redis, interest: %s', (interest) => {
  const make = async (node: string): Promise<Adapter> => adapterOf(node, interest);
  for (const { name, run } of adapterContract) it(name, () => run(make), 60_000);
});

describe('a Redis that is killed', () => {
  it('loses what is published meanwhile, which is counted, and has the topics again afterwards', async () => {
    const [a, b] = [adapterOf('a'), adapterOf('b')];
    const arrived: Content[] = [];
    await a.start(() => {});
    await b.start((_topic, content) => arrived.push(content));
    await b.subscribe('room:1');
    const say = (payload: string): void => a.publish('room:1', { kind: 'event', event: 'said', payload });
    say('1');
    await expect.poll(() => arrived.length).toBe(1);
    redis.signal('SIGKILL');
    await redis.exited;
    await expect.poll(() => [a.connected, b.connected], { timeout: 10_000 }).toEqual([false, false]);
    for (let n = 0; n < 5; n++) say('lost');
    expect(a.counts).toMatchObject({ sent: 1, droppedDisconnected: 5 });
    const late = b.subscribe('room:2');
    redis = await startRedis();
    await expect.poll(() => [a.connected, b.connected], { timeout: 10_000 }).toEqual([true, true]);
    await late;
    // A subscription that is made again is confirmed by nothing but the next message.
    const heard = (): number => {
      say('2');
      return arrived.length;
    };
    await expect.poll(heard, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(arrived.slice(1)).toContainEqual({ kind: 'event', event: 'said', payload: '2' });
    expect(arrived).not.toContainEqual({ kind: 'event', event: 'said', payload: 'lost' });
    await Promise.all([a.stop(), b.stop()]);
  }, 60_000);
});

describe('connectRedis', () => {
  it('joins the topics of nodes', async () => {
    const nodes = await Promise.all(
      ['a', 'b'].map(async (node) => {
        const kernel = new Kernel({ node, incarnation: 1 });
        const hub = new Hub(0);
        const pubsub = new PubSub(kernel);
        const uplink = new LocalUplink(hub, pubsub);
        return { hub, uplink, connection: await connectRedis({ kernel, hub }, { url, name: 'nodes' }) };
      }),
    );
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    const arrived: [string, Content][] = [];
    await b.hub.join('news', { deliver: (topic, content) => arrived.push([topic, content]) });
    a.uplink.publish('news', { kind: 'term', term: { n: 1 } }, 'cluster', undefined);
    await expect.poll(() => arrived).toEqual([['news', { kind: 'term', term: { n: 1 } }]]);
    expect(a.connection.stats()).toMatchObject({ connected: true, sent: 1 });
    for (const { connection } of nodes) await connection.leave();
  });

  it('goes on without a Redis that cannot be reached', async () => {
    const kernel = new Kernel({ node: 'a', incarnation: 1 });
    const connection = await connectRedis({ kernel, hub: new Hub(0) }, { url: 'redis://127.0.0.1:1', name: 'nodes', connectTimeoutMs: 50 });
    expect(connection.stats().connected).toBe(false);
    await connection.leave();
  });

  it.each([
    [{ url: 'http://x', name: 'a' }, /redis.url: expected the address of a Redis server, got 'http:\/\/x'/],
    [{ url: 'redis://x', name: 'a b' }, /redis.name: expected .*, got 'a b'/],
    [{ url: 'redis://x', name: 'a', interest: 'some' }, /redis.interest: expected 'topic' or 'flood', got 'some'/],
    [{ url: 'redis://x', name: 'a', connectTimeoutMs: -1 }, /redis.connectTimeoutMs: expected milliseconds, got -1/],
    [{ url: 'redis://x', name: 'a', extra: 1 }, /redis: expected url, name, interest, connectTimeoutMs, got 'extra'/],
    [null, /redis: expected options, got null/],
  ])('refuses %o', (options, message) => {
    expect(() => checkOptions(options as never)).toThrow(message);
  });

  it('shows no password', () => {
    expect(shownUrl('redis://user:p@ss@host:1')).toBe('redis://host:1');
  });
});
