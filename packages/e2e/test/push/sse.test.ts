import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { servers, startPush } from './endpoint.js';
import { SseClient } from './sse-client.js';

describe.each(servers)('server-sent events, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  let control: RawClient;
  let joinRef: string;
  const clients: SseClient[] = [];
  beforeAll(async () => {
    server = await startPush(options);
    control = await RawClient.connect(server.port);
    joinRef = await control.join('control');
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    control.close();
    await server.stop();
  });

  async function open(query: string, headers: { readonly [name: string]: string } = {}): Promise<SseClient> {
    const client = await SseClient.open(`${server.url}/sse${query}`, headers);
    clients.push(client);
    return client;
  }
  async function publish(topics: string[], first: number, count: number): Promise<void> {
    expect(await control.push('control', 'publish', { topics, first, count }, joinRef)).toMatchObject({ status: 'ok' });
  }
  const seen = (client: SseClient, n: number) => client.until(({ numbers }) => numbers.includes(n));
  const channels = (client: SseClient) => client.events.flatMap(({ event, data }) => (event === 'channel' ? [data] : []));

  it('gives what happens on several topics, with an id that says where the client is', async () => {
    const client = await open('?topics=match:sse,plain:sse');
    expect([client.status, client.response.headers['content-type'], client.response.headers['cache-control']]).toEqual([
      200,
      'text/event-stream',
      'no-store',
    ]);
    await publish(['match:sse', 'plain:sse'], 1, 1);
    await client.until(({ numbers }) => numbers.length === 2);
    expect(client.events.filter(({ event }) => event !== 'channel')).toEqual([
      { retry: '1000' },
      { id: expect.stringMatching(/^[\w-]{12}:0,$/) },
      { id: expect.stringMatching(/^[\w-]{12}:1,$/), event: 'number', data: { topic: 'match:sse', payload: { n: 1 } } },
      { event: 'number', data: { topic: 'plain:sse', payload: { n: 1 } } },
    ]);
    expect(channels(client)).toEqual([
      { topic: 'match:sse', status: 'joined', response: { params: {} } },
      { topic: 'plain:sse', status: 'joined', response: {} },
    ]);
  });

  it('resumes from the last id without a gap, on each topic', async () => {
    const first = await open('?topics=match:one,match:two');
    await publish(['match:one'], 1, 2);
    await seen(first, 2);
    const { lastId } = first;
    first.close();
    await publish(['match:two'], 10, 2);
    await publish(['match:one'], 3, 2);
    const second = await open('?topics=match:one,match:two', { 'last-event-id': lastId });
    await second.until(({ numbers }) => numbers.length === 4);
    expect(second.numbers).toEqual([3, 4, 10, 11]);
    expect(channels(second)).toMatchObject([{ recovered: true }, { recovered: true }]);
    await publish(['match:two'], 12, 1);
    await seen(second, 12);
    // Also from the middle of what was missed.
    const middle = second.events.find(({ data }) => (data as { payload?: { n: number } } | undefined)?.payload?.n === 3)?.id as string;
    const third = await open('?topics=match:one,match:two', { 'last-event-id': middle });
    await third.until(({ numbers }) => numbers.length === 4);
    expect(third.numbers).toEqual([4, 10, 11, 12]);
  });

  it('says when the gap is not covered, and does not mistake the id of other topics', async () => {
    const client = await open('?topics=short:sse');
    const { lastId } = client;
    await client.until((each) => each.lastId !== '');
    client.close();
    await publish(['short:sse'], 1, 10);
    const late = await open('?topics=short:sse', { 'last-event-id': client.lastId || lastId });
    await late.until((each) => each.lastId !== '');
    expect(channels(late)).toMatchObject([{ topic: 'short:sse', recovered: false, reason: 'window' }]);
    const other = await open('?topics=short:sse,match:sse', { 'last-event-id': client.lastId });
    await other.until((each) => channels(each).length === 2);
    expect(channels(other).map((said) => (said as { recovered?: boolean }).recovered)).toEqual([undefined, undefined]);
  });

  it('asks connect and join who may listen', async () => {
    const refused = await open('?topics=match:secret');
    expect([refused.status, JSON.parse(await refused.body())]).toEqual([
      403,
      { refused: [{ topic: 'match:secret', response: { reason: 'secret' } }] },
    ]);
    const some = await open('?topics=match:secret,match:open,nothing');
    await some.until((each) => channels(each).length === 3);
    expect(some.status).toBe(200);
    expect(channels(some)).toMatchObject([
      { topic: 'match:secret', status: 'refused', response: { reason: 'secret' } },
      { topic: 'match:open', status: 'joined' },
      { topic: 'nothing', status: 'refused', response: { reason: 'unmatched topic' } },
    ]);
    expect((await open('?topics=match:a&refuse=yes')).status).toBe(403);
    expect((await open('')).status).toBe(400);
    expect((await open('?topics=match:a', { origin: 'http://evil.example' })).status).toBe(403);
    const posted = await fetch(`${server.url}/sse?topics=match:a`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('ends the stream when its user is disconnected, and forgets who goes away', async () => {
    // The one that controls.
    const before = 1;
    while ((await server.counters()).connections !== before);
    const client = await open('?topics=match:bye&user=ann');
    await client.until((each) => each.lastId !== '');
    expect((await server.counters()).connections).toBe(before + 1);
    await control.push('control', 'disconnect', { id: 'user:ann' }, joinRef);
    await client.until(({ ended }) => ended);
    const other = await open('?topics=match:bye');
    other.close();
    while ((await server.counters()).connections !== before);
  });

  it('carries bytes as base64', async () => {
    const client = await open('?topics=plain:bytes');
    await control.push('control', 'bytes', { topic: 'plain:bytes' }, joinRef);
    await client.until(({ events }) => events.some(({ event }) => event === 'bytes'));
    expect(client.events.at(-1)).toEqual({ event: 'bytes', data: { topic: 'plain:bytes', base64: 'AQI=' } });
  });

  if (options.schedulers > 0)
    it('comes back without a gap when the thread that served it has died', async () => {
      const client = await open('?topics=match:death');
      await publish(['match:death'], 1, 1);
      await seen(client, 1);
      control.send(JSON.stringify([joinRef, 'die', 'control', 'die', {}]));
      await client.until(({ ended }) => ended);
      joinRef = await control.join('control');
      await publish(['match:death'], 2, 1);
      const back = await open('?topics=match:death', { 'last-event-id': client.lastId });
      await seen(back, 2);
      expect(back.numbers).toEqual([2]);
    });
});
