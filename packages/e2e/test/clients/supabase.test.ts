import { createRequire } from 'node:module';
import type { RealtimeChannel, RealtimeClient } from '@supabase/realtime-js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TestEndpoint } from '../endpoint/endpoint.js';
import { TcpProxy } from './tcp-proxy.js';

const require = createRequire(import.meta.url);

/** All but the newest have a client of their own, that one is built on Phoenix's. */
const builds = ['supabase-realtime-js-2.0', 'supabase-realtime-js-2.10', '@supabase/realtime-js'] as const;
const servers = [
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
] as const;

describe.each(servers)("Supabase's client, $adapter, schedulers: $schedulers", (options) => {
  let server: TestEndpoint;
  let proxy: TcpProxy;
  const clients: RealtimeClient[] = [];
  beforeAll(async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: false } });
    proxy = await TcpProxy.start(server.port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.disconnect();
  });
  afterAll(async () => {
    await proxy?.stop();
    await server.stop();
  });

  function connect(build: string, user: string, vsn: string): RealtimeClient {
    const { RealtimeClient: Client } = require(build) as { RealtimeClient: typeof RealtimeClient };
    const client = new Client(`ws://${proxy.host}/socket`, {
      // The old ones let only so many out.
      params: { apikey: 'any', user, vsn, eventsPerSecond: 1000 } as { apikey: string },
      vsn,
      // 2.10 finds ws by itself, and does not connect with one that it is given.
      ...(build === 'supabase-realtime-js-2.10' ? {} : { transport: WebSocket as never }),
      reconnectAfterMs: () => 50,
    });
    clients.push(client);
    return client;
  }

  /** Statuses as they come; `next` waits for one. */
  function subscribe(channel: RealtimeChannel): { next(status: string): Promise<void> } {
    const came: string[] = [];
    let look = (): void => {};
    channel.subscribe((status) => {
      came.push(status);
      look();
    });
    const next = (status: string): Promise<void> =>
      new Promise((resolve) => {
        look = () => {
          const at = came.indexOf(status);
          if (at < 0) return;
          came.splice(0, at + 1);
          resolve();
        };
        look();
      });
    return { next };
  }

  it.each(builds)('%s: broadcasts, presence, crash, cut, leave', async (build) => {
    const topic = `tour-${build}`;
    const config = { config: { broadcast: { ack: true, self: false }, presence: { key: 'any' } } };
    const ann = connect(build, 'ann', '1.0.0').channel(topic, config);
    const bob = connect(build, 'bob', '1.0.0').channel(topic, config);
    const heard: unknown[] = [];
    let hear = (): void => {};
    bob.on('broadcast', { event: '*' }, ({ event, payload }) => {
      heard.push([event, payload]);
      hear();
    });
    let synced = (): void => {};
    for (const channel of [ann, bob]) channel.on('presence', { event: 'sync' }, () => synced());
    const [anns, bobs] = [subscribe(ann), subscribe(bob)];
    await Promise.all([anns.next('SUBSCRIBED'), bobs.next('SUBSCRIBED')]);

    const hears = (count: number): Promise<void> =>
      new Promise((resolve) => {
        hear = () => heard.length === count && resolve();
        hear();
      });
    expect(await ann.send({ type: 'broadcast', event: 'said', payload: { text: 'é' } })).toBe('ok');
    await hears(1);
    expect(heard).toEqual([['said', { text: 'é' }]]);

    const present = (channel: RealtimeChannel, keys: string): Promise<void> =>
      new Promise((resolve) => {
        synced = () => Object.keys(channel.presenceState()).sort().join() === keys && resolve();
        synced();
      });
    expect(await ann.track({ device: 'phone' })).toBe('ok');
    expect(await bob.track({ device: 'desk' })).toBe('ok');
    await present(bob, 'ann,bob');
    expect(bob.presenceState().ann).toMatchObject([{ device: 'phone' }]);
    expect(await ann.untrack()).toBe('ok');
    await present(bob, 'bob');

    const again = anns.next('CHANNEL_ERROR').then(() => anns.next('SUBSCRIBED'));
    void ann.send({ type: 'broadcast', event: 'crash', payload: {} });
    await again;
    expect(await ann.send({ type: 'broadcast', event: 'back', payload: {} })).toBe('ok');
    await hears(2); // what is under way when the connection is cut is lost

    const both = [anns, bobs];
    proxy.cut();
    await Promise.all(both.map((channel) => channel.next('CHANNEL_ERROR')));
    proxy.mend();
    await Promise.all(both.map((channel) => channel.next('SUBSCRIBED')));
    expect(await ann.send({ type: 'broadcast', event: 'connected', payload: {} })).toBe('ok');
    await hears(3);
    expect(heard.slice(1)).toEqual([
      ['back', {}],
      ['connected', {}],
    ]);

    const closed = anns.next('CLOSED');
    expect(await ann.unsubscribe()).toBe('ok');
    await closed;
  });

  it('version 2 of the protocol: joins, presences and refusals', async () => {
    const ann = connect('@supabase/realtime-js', 'cy', '2.0.0').channel('second', { config: { presence: { key: 'any' } } });
    const synced = new Promise<void>((resolve) => {
      ann.on('presence', { event: 'sync' }, () => Object.keys(ann.presenceState()).length === 1 && resolve());
    });
    await subscribe(ann).next('SUBSCRIBED');
    expect(await ann.track({ device: 'phone' })).toBe('ok');
    await synced;
    expect(ann.presenceState().cy).toMatchObject([{ device: 'phone' }]);
    await subscribe(connect('@supabase/realtime-js', 'dan', '2.0.0').channel('private')).next('CHANNEL_ERROR');
  });
});
