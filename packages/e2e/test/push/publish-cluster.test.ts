import { type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';
import { SseClient } from './sse-client.js';

const KEY = 'a-key-of-the-test-0123456789';
const publish = { keys: [{ name: 'test', key: KEY, topics: ['*'] }] };

describe('the publish API of a cluster', () => {
  let nats: NatsServer;
  let nodes: TestEndpoint[];
  let clients: RawClient[];
  beforeAll(async () => {
    nats = await startNats();
    const start = (node: string, adapter: string) =>
      startPush({ adapter, schedulers: 1, node, cluster: { servers: nats.url, name: 'push' } }, { endpoint: { publish } });
    nodes = await Promise.all([start('a', 'uws'), start('b', 'node')]);
    clients = await Promise.all(nodes.map(({ port }) => RawClient.connect(port)));
    for (const client of clients) await client.join('user:ann');
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await nats.close();
  });

  async function post(node: number, message: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${KEY}` };
    const response = await fetch(`${nodes[node]?.url}/api/publish`, { method: 'POST', headers, body: JSON.stringify(message) });
    return response.json();
  }
  const note = (n: number, id?: string) => ({ user: 'ann', event: 'note', payload: { n }, ...(id === undefined ? {} : { id }) });
  /** What each client has heard, when it has heard the last of it from both nodes. */
  async function heard(last: number): Promise<unknown[][]> {
    await Promise.all([0, 1].map((node) => post(node, note(last))));
    return Promise.all(
      clients.map(async (client) => {
        const notes = () => client.frames.filter(([, , , event]) => event === 'note').map(([, , , , { n }]) => n);
        const ends = () => notes().filter((n) => n === last).length;
        await client.next(() => ends() === 2);
        return notes().filter((n) => n !== last);
      }),
    );
  }

  it("a user's devices on all nodes hear it", async () => {
    await post(0, note(1));
    await post(1, note(2));
    expect((await heard(3)).map((notes) => notes.toSorted())).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('server-sent events begin with the first client of a topic, before the other nodes have been told', async () => {
    for (const [node, endpoint] of nodes.entries()) {
      const first = await SseClient.open(`${endpoint.url}/sse?topics=match:first-${node},plain:first-${node}`);
      expect(first.status).toBe(200);
      const joined = () => first.events.filter(({ event }) => event === 'channel').map(({ data }) => (data as { status: string }).status);
      await first.until(() => joined().length === 2);
      expect(joined()).toEqual(['joined', 'joined']);
      first.close();
    }
  });

  it('a repeat is heard by nobody, whichever nodes it was sent to, and however soon', async () => {
    for (const client of clients) client.frames.length = 0;
    expect(await post(0, note(1, 'a'))).toEqual({ published: 1, repeated: 0 });
    await heard(10);
    expect(await post(1, note(1, 'a'))).toEqual({ published: 0, repeated: 1 });
    for (const client of clients) client.frames.length = 0;
    await Promise.all(Array.from({ length: 50 }, (_, i) => post(i % 2, note(2, 'b'))));
    expect(await heard(11)).toEqual([[2], [2]]);
  });
});
