import { type NatsServer, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';
import { SseClient } from './sse-client.js';

interface Recovery {
  readonly cursor: string;
  readonly recovered?: boolean;
  readonly reason?: string;
  readonly events?: readonly { readonly payload: { readonly n: number }; readonly position: number }[];
}

const KEY = 'a-key-of-at-least-20-characters';
const settings = { endpoint: { publish: { keys: [{ name: 'test', key: KEY, topics: ['match:*', 'short:*', 'table:*'] }] } } };

describe.each([{ schedulers: 1 }, { schedulers: 0 }])('recoverable topics in JetStream, schedulers: $schedulers', ({ schedulers }) => {
  let folder: TempFolder;
  let nats: NatsServer;
  let nodes: [TestEndpoint, TestEndpoint];
  const clients: RawClient[] = [];
  beforeAll(async () => {
    folder = tempFolder('jetstream');
    nats = await startNats({ jetstreamDir: folder.path });
    nodes = await Promise.all([start('a'), start('b')]);
  }, 30_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await nats.close();
    folder.remove();
  });

  function start(node: string): Promise<TestEndpoint> {
    return startPush({ schedulers, node, cluster: { servers: nats.url, name: 'push', history: 'jetstream' } }, settings);
  }
  async function connect({ port }: TestEndpoint): Promise<RawClient> {
    const client = await RawClient.connect(port);
    clients.push(client);
    return client;
  }
  async function join(node: TestEndpoint, topic: string, params: object = {}): Promise<Recovery> {
    const client = await connect(node);
    const { response } = await client.push(topic, 'phx_join', params);
    client.close();
    return (response as { recovery: Recovery }).recovery;
  }
  async function publish({ url }: TestEndpoint, topic: string, n: number, id?: string): Promise<object> {
    const response = await fetch(`${url}/api/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify({ topic, event: 'number', payload: { n }, ...(id === undefined ? {} : { id }) }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  }
  const numbers = ({ events = [] }: Recovery) => events.map(({ payload }) => payload.n);

  it('a client that comes back to another node gets what it has missed, whoever published it', async () => {
    const [a, b] = nodes;
    const { cursor } = await join(a, 'match:move');
    for (let n = 1; n <= 4; n++)
      expect(await publish(n % 2 === 0 ? a : b, 'match:move', n)).toEqual({ status: 200, published: 1, repeated: 0 });
    const there = await join(b, 'match:move', { recover: cursor });
    expect(there).toMatchObject({ recovered: true });
    expect(numbers(there)).toEqual([1, 2, 3, 4]);
    expect(numbers(await join(a, 'match:move', { recover: cursor }))).toEqual([1, 2, 3, 4]);
    const [, second] = there.events ?? [];
    const epoch = cursor.split(':')[0];
    expect(numbers(await join(a, 'match:move', { recover: `${epoch}:${second?.position}` }))).toEqual([3, 4]);
  });

  it('server-sent events begin with the first client of a topic, and go on on the other node', async () => {
    const [a, b] = nodes;
    const first = await SseClient.open(`${a.url}/sse?topics=match:sse`);
    expect(first.status).toBe(200);
    await first.until(() => first.lastId !== '');
    first.close();
    await publish(a, 'match:sse', 1);
    const second = await SseClient.open(`${b.url}/sse?topics=match:sse`, { 'last-event-id': first.lastId });
    expect(second.status).toBe(200);
    await second.until(() => second.events.some(({ event }) => event === 'number'));
    expect(second.events.find(({ event }) => event === 'channel')?.data).toMatchObject({ status: 'joined', recovered: true });
    second.close();
  });

  it('a repeat is published once, also through two nodes at once', async () => {
    const [a, b] = nodes;
    const { cursor } = await join(b, 'match:once');
    const answers = await Promise.all([publish(a, 'match:once', 1, 'goal'), publish(b, 'match:once', 1, 'goal')]);
    expect(answers).toContainEqual({ status: 200, published: 1, repeated: 0 });
    expect(answers).toContainEqual({ status: 200, published: 0, repeated: 1 });
    expect(await publish(a, 'match:once', 1, 'goal')).toEqual({ status: 200, published: 0, repeated: 1 });
    expect(numbers(await join(a, 'match:once', { recover: cursor }))).toEqual([1]);
  });

  it('what is not kept any more is said, on the node that has it at hand and on one that has to read', async () => {
    const [a, b] = nodes;
    const { cursor } = await join(a, 'short:window');
    for (let n = 1; n <= 4; n++) await publish(a, 'short:window', n);
    const lost = { recovered: false, reason: 'window' };
    expect(await join(a, 'short:window', { recover: cursor })).toMatchObject(lost);
    expect(await join(b, 'short:window', { recover: cursor })).toMatchObject(lost);
    expect(await join(b, 'short:window', { recover: 'another:1' })).toMatchObject({ recovered: false, reason: 'epoch' });
  });

  it('a topic that was silent is recovered elsewhere too, and whoever is new gets the last event', async () => {
    const [a, b] = nodes;
    const { cursor } = await join(a, 'table:silent');
    for (let n = 1; n <= 10; n++) await publish(b, 'match:busy', n);
    expect(await join(b, 'table:silent', { recover: cursor })).toMatchObject({ recovered: true, events: [] });
    await publish(a, 'table:new', 7);
    const client = await connect(b);
    client.send(JSON.stringify(['1', '1', 'table:new', 'phx_join', {}]));
    const [, , , , payload] = await client.next(([, , , event]) => event === 'number');
    expect(payload).toEqual({ n: 7 });
  });

  it('an event that NATS cannot take is refused for good, and nothing of its request is published', async () => {
    const [a] = nodes;
    const { cursor } = await join(a, 'match:large');
    const message = (text: string) => ({ topic: 'match:large', event: 'text', payload: { text } });
    const post = async (body: object): Promise<unknown> => {
      const headers = { authorization: `Bearer ${KEY}` };
      const response = await fetch(`${a.url}/api/publish`, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, ...((await response.json()) as object) };
    };
    const large = message('x'.repeat(1_048_000));
    const refused = {
      status: 413,
      error: { code: 'event_too_large', message: expect.stringMatching(/^an event of 1048\d+ bytes is too large for NATS: at most \d+$/) },
    };
    expect(await post(large)).toMatchObject(refused);
    expect(await post({ messages: [message('small'), large] })).toMatchObject({ ...refused, error: { path: 'messages.1' } });
    expect(await post(message('x'.repeat(1_000_000)))).toMatchObject({ status: 200 });
    const { events = [] } = await join(a, 'match:large', { recover: cursor });
    expect(events).toHaveLength(1);
  });

  it('what is published while NATS is gone waits and is kept in order, and publishers and clients are told', async () => {
    const [a, b] = nodes;
    const { cursor } = await join(a, 'match:gone');
    await nats.kill();
    const published = [1, 2, 3].map((n) => publish(a, 'match:gone', n));
    // At hand, as far as it has come; elsewhere nobody can say where the topic is.
    expect(await join(a, 'match:gone', { recover: cursor })).toMatchObject({ recovered: true, events: [] });
    expect(await join(b, 'match:gone', { recover: cursor })).toMatchObject({ recovered: false, reason: 'unavailable' });
    const refused = { status: 503, error: { code: 'not_kept' } };
    for (const answer of await Promise.all(published)) expect(answer).toMatchObject(refused);
    await nats.restart();
    let back = await join(b, 'match:gone', { recover: cursor });
    while (numbers(back).length < 3) back = await join(b, 'match:gone', { recover: cursor });
    expect(numbers(back)).toEqual([1, 2, 3]);
  }, 40_000);
});

describe('a NATS server without JetStream', () => {
  it('is named when the node starts', async () => {
    const nats = await startNats();
    try {
      const cluster = { servers: nats.url, name: 'push', history: 'jetstream' };
      await expect(startPush({ schedulers: 0, node: 'a', cluster })).rejects.toThrow(
        /cluster\.history: JetStream cannot be used \(.*\): start nats-server with '--jetstream/,
      );
    } finally {
      await nats.close();
    }
  });

  it.each([
    ['disk', "cluster.history: expected 'memory', 'jetstream' or { replicas?, keepMs?, maxBytes? }, got 'disk'"],
    [{ replicas: 2 }, 'cluster.history: replicas: expected 1, 3 or 5'],
    [{ copies: 3 }, "cluster.history: 'copies' is not an option"],
  ])('%j is refused', async (history, message) => {
    const cluster = { servers: 'nats://127.0.0.1:4', name: 'push', history };
    await expect(startPush({ schedulers: 0, node: 'a', cluster })).rejects.toThrow(message);
  });
});
