import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { servers, startPush } from './endpoint.js';

interface Recovery {
  cursor: string;
  recovered?: boolean;
  reason?: string;
  events?: { event: string; payload: { n: number }; position: number }[];
}

describe.each(servers)('topics that are kept, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  let control: RawClient;
  const clients: RawClient[] = [];
  beforeAll(async () => {
    server = await startPush(options);
    control = await connect();
    await control.join('control');
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  async function connect(): Promise<RawClient> {
    const client = await RawClient.connect(server.port);
    clients.push(client);
    return client;
  }
  async function publish(topic: string, first: number, count: number): Promise<void> {
    expect(await control.push('control', 'publish', { topics: [topic], first, count })).toMatchObject({ status: 'ok' });
  }
  async function join(client: RawClient, topic: string, params: object = {}): Promise<Recovery & { response: { [key: string]: unknown } }> {
    const { status, response } = await client.push(topic, 'phx_join', params);
    expect(status).toBe('ok');
    const reply = response as { [key: string]: unknown };
    return { ...(reply.recovery as Recovery), response: reply };
  }
  const numbers = ({ events = [] }: Recovery) => events.map(({ payload }) => payload.n);
  const live = (client: RawClient, topic: string) =>
    client.frames.flatMap(([, ref, on, event, payload]) => (on === topic && event === 'number' ? [[ref, payload.n]] : []));

  it('gives who comes back what was missed, and numbers what is published', async () => {
    const topic = 'match:missed';
    await publish(topic, 1, 2); // before anybody was there
    const first = await connect();
    const begun = await join(first, topic, { language: 'en' });
    expect(begun).toMatchObject({ cursor: expect.stringMatching(/^[\w-]{12}:2$/), response: { params: { language: 'en' } } });
    expect(begun.recovered).toBeUndefined();
    await publish(topic, 3, 2);
    await first.next(([, , , , { n }]) => n === 4);
    expect(live(first, topic)).toEqual([
      ['@3', 3],
      ['@4', 4],
    ]);
    first.close();
    await publish(topic, 5, 3);

    const second = await connect();
    const cursor = begun.cursor.replace(/\d+$/, '4');
    const back = await join(second, topic, { language: 'de', recover: cursor });
    // The parameter is the framework's: the channel does not see it.
    expect(back).toMatchObject({ recovered: true, cursor: cursor.replace(/\d+$/, '7'), response: { params: { language: 'de' } } });
    expect(numbers(back)).toEqual([5, 6, 7]);
    expect(back.events?.map(({ position }) => position)).toEqual([5, 6, 7]);
    await publish(topic, 8, 1);
    await second.next(([, ref]) => ref === '@8');
    expect(live(second, topic)).toEqual([['@8', 8]]);
    expect(await join(await connect(), topic, { recover: back.cursor.replace(/\d+$/, '8') })).toMatchObject({
      recovered: true,
      events: [],
    });
  });

  it('says that it cannot: more was published than is kept, or the position is of another numbering', async () => {
    const topic = 'short:gap';
    const client = await connect();
    const { cursor } = await join(client, topic);
    await publish(topic, 1, 3);
    const edge = await join(await connect(), topic, { recover: cursor });
    expect([edge.recovered, numbers(edge)]).toEqual([true, [1, 2, 3]]);
    await publish(topic, 4, 1);
    const beyond = await join(await connect(), topic, { recover: cursor });
    expect(beyond).toMatchObject({ recovered: false, reason: 'window', cursor: cursor.replace(/0$/, '4') });
    expect(beyond.events).toBeUndefined();
    for (const strange of ['other:1', cursor.replace(/0$/, '99'), '', 'x', ':', 7, null, {}, cursor.replace(/0$/, '-1'), `${cursor}e9`]) {
      expect(await join(await connect(), topic, { recover: strange })).toMatchObject({ recovered: false, reason: 'epoch' });
    }
    expect(await server.counters()).toMatchObject({ notRecovered: 11 });
  });

  it('gives who joins the last event, without a number, after the reply', async () => {
    const client = await connect();
    expect(await client.push('ticker:a', 'phx_join')).toEqual({ status: 'ok', response: 'plain' });
    await publish('ticker:a', 1, 2);
    await client.next(([, , , , { n }]) => n === 2);
    expect(live(client, 'ticker:a')).toEqual([
      [null, 1],
      [null, 2],
    ]);
    const late = await connect();
    await late.join('ticker:a');
    await late.next(([, , , , { n }]) => n === 2);
    expect(live(late, 'ticker:a')).toEqual([[null, 2]]);
  });

  it('gives the last event to the new, what was missed to those who come back, and neither twice', async () => {
    const topic = 'table:both';
    await publish(topic, 1, 3);
    const client = await connect();
    const { cursor } = await join(client, topic);
    await client.next(([, , , , { n }]) => n === 3);
    const back = await connect();
    expect(numbers(await join(back, topic, { recover: cursor.replace(/3$/, '1') }))).toEqual([2, 3]);
    await publish(topic, 4, 1);
    await Promise.all([client, back].map((each) => each.next(([, , , , { n }]) => n === 4)));
    expect(live(client, topic)).toEqual([
      [null, 3],
      ['@4', 4],
    ]);
    expect(live(back, topic)).toEqual([['@4', 4]]);
  });

  it('keeps nothing of a topic whose own route comes first, and no bytes', async () => {
    const client = await connect();
    expect((await join(client, 'match:plain')).cursor).toBeUndefined();
    await publish('match:plain', 1, 1);
    await client.next(([, ref, topic, event]) => topic === 'match:plain' && event === 'number' && ref === null);

    const { cursor } = await join(client, 'match:bytes');
    const joinRef = client.frames.findLast(([, , topic, event]) => topic === 'match:bytes' && event === 'phx_reply')?.[0] as string;
    await client.push('match:bytes', 'phx_leave', {}, joinRef);
    await control.push('control', 'bytes', { topic: 'match:bytes' });
    expect(await join(await connect(), 'match:bytes', { recover: cursor })).toMatchObject({ cursor, recovered: true, events: [] });
  });

  it('speaks version 1 of the protocol, too', async () => {
    const topic = 'match:v1';
    await publish(topic, 1, 1);
    const client = await RawClient.connect(server.port, '/socket/websocket');
    clients.push(client);
    client.send(JSON.stringify({ topic, event: 'phx_join', payload: {}, ref: '1' }));
    const fits = (event: string) => (frame: unknown) => (frame as { event: string }).event === event;
    const reply = (await client.next(fits('phx_reply'))) as unknown as { payload: { response: { recovery: Recovery } } };
    expect(reply.payload.response.recovery.cursor).toMatch(/:1$/);
    await publish(topic, 2, 1);
    expect(await client.next(fits('number'))).toEqual({ topic, event: 'number', payload: { n: 2 }, ref: '@2' });
  });
});
