import { type Child, type NatsServer, root, startNats, startNode } from '@rekindle/e2e';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { SseClient } from './sse-client.js';

const KEY = 'a-key-of-the-test-0123456789';
const SECRET = 'a secret of the test, 32 characters';
const base = {
  PORT: '0',
  HOST: '127.0.0.1',
  METRICS_PORT: '0',
  SCHEDULERS: '1',
  TOKEN_SECRET: SECRET,
  PUBLIC_TOPICS: 'match:*',
  PUBLISH_KEYS: JSON.stringify([{ name: 'test', key: KEY, topics: ['match:*', 'user:*'] }]),
};
const main = `${root}/apps/push-service/dist/main.js`;

class Service {
  readonly child: Child;
  readonly port: number;
  readonly #metricsPort: number;

  private constructor(child: Child) {
    this.child = child;
    this.port = Number(/^listening on (\d+)/m.exec(child.output)?.[1]);
    this.#metricsPort = Number(/^metrics on (\d+)/m.exec(child.output)?.[1]);
  }

  static async start(environment: object = {}): Promise<Service> {
    return new Service(await startNode(main, [], { env: { ...base, ...environment }, ready: /^metrics on \d+/m }));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async publish(message: object): Promise<{ status: number; said: unknown }> {
    const headers = { authorization: `Bearer ${KEY}` };
    const response = await fetch(`${this.url}/api/publish`, { method: 'POST', headers, body: JSON.stringify(message) });
    const text = await response.text();
    return { status: response.status, said: text.startsWith('{') ? JSON.parse(text) : text };
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#metricsPort}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  async stop(): Promise<void> {
    expect(await this.child.kill(20_000)).toEqual({ code: 0, signal: null });
  }
}

const token = (sub: string, topics: string[] = []) =>
  new SignJWT({ topics })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime('5 min')
    .sign(new TextEncoder().encode(SECRET));
const goal = (n: number) => ({ event: 'goal', payload: { n } });
const heard = (client: RawClient, n: number) => client.next(([, , , event, payload]) => event === 'goal' && payload.n === n);

describe('the push service', () => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  async function websocket(service: Service, query = ''): Promise<RawClient> {
    const client = await RawClient.connect(service.port, `/socket/websocket?vsn=2.0.0${query}`);
    open.push(client);
    return client;
  }
  async function sse(service: Service, query: string, headers: { readonly [name: string]: string } = {}): Promise<SseClient> {
    const client = await SseClient.open(`${service.url}/sse?${query}`, headers);
    open.push(client);
    return client;
  }
  const goals = (client: SseClient) =>
    client.events.flatMap(({ event, data }) => (event === 'goal' ? [(data as { payload: { n: number } }).payload.n] : []));

  describe('as one process', () => {
    let service: Service;
    beforeAll(async () => {
      service = await Service.start();
    });
    afterAll(() => service.stop());

    it('delivers over WebSockets and server-sent events, and counts what was delivered', async () => {
      const before = await service.metric('rekindle_delivered_total');
      const [client, listener] = [await websocket(service), await sse(service, 'topics=match:1')];
      await client.join('match:1');
      expect(await service.publish({ topic: 'match:1', ...goal(1) })).toEqual({ status: 200, said: { published: 1, repeated: 0 } });
      await heard(client, 1);
      await listener.until((each) => goals(each).includes(1));
      expect(await service.metric('rekindle_delivered_total')).toBe(before + 2);
      expect(await service.metric('rekindle_published_total')).toBeGreaterThan(0);
      expect((await fetch(`${service.url}/ready`)).status).toBe(200);
    });

    it("asks tokens who may listen, and gives a user's messages to all devices", async () => {
      const nobody = await websocket(service);
      expect(await nobody.push('user:ann', 'phx_join')).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
      const anns = `&token=${await token('ann', ['news'])}`;
      const [phone, laptop] = [await websocket(service, anns), await websocket(service, anns)];
      for (const device of [phone, laptop]) await device.join('user:ann');
      const joinRef = await phone.join('news');
      expect((await phone.push('user:bob', 'phx_join')).status).toBe('error');
      expect(await phone.push('news', 'shout', {}, joinRef)).toMatchObject({ status: 'error' });
      await service.publish({ user: 'ann', ...goal(2) });
      await Promise.all([heard(phone, 2), heard(laptop, 2)]);
      expect((await sse(service, 'topics=match:1&token=bad')).status).toBe(403);
    });

    it('recovers who comes back, and gives the last to who is new', async () => {
      const first = await sse(service, 'topics=match:back');
      await service.publish({ topic: 'match:back', ...goal(1) });
      await first.until((each) => goals(each).length === 1);
      first.close();
      await service.publish({ messages: [2, 3].map((n) => ({ topic: 'match:back', ...goal(n) })) });
      const back = await sse(service, 'topics=match:back', { 'last-event-id': first.lastId });
      await back.until((each) => goals(each).length === 2);
      const late = await sse(service, 'topics=match:back');
      await late.until((each) => goals(each).length === 1);
      expect([goals(back), goals(late)]).toEqual([[2, 3], [3]]);
    });
  });

  it('as two processes: one takes what is published, the other the clients', async () => {
    const nats: NatsServer = await startNats();
    const start = (role: string) => Service.start({ ROLE: role, NATS_URL: nats.url, NODE_NAME: role });
    const [publishers, sockets] = await Promise.all([start('publishers'), start('sockets')]);
    try {
      const client = await websocket(sockets);
      await client.join('match:1');
      expect(await publishers.publish({ topic: 'match:1', ...goal(7) })).toMatchObject({ status: 200 });
      await heard(client, 7);
      expect((await sockets.publish({ topic: 'match:1', ...goal(8) })).status).toBe(404);
      expect((await sse(publishers, 'topics=match:1')).status).toBe(404);
    } finally {
      for (const client of open.splice(0)) client.close();
      await Promise.all([publishers.stop(), sockets.stop()]);
      await nats.close();
    }
  });

  it.each([
    [{ PUBLISH_KEYS: 'no json' }, 'PUBLISH_KEYS'],
    [{ PUBLISH_KEYS: '[]' }, 'PUBLISH_KEYS'],
    [{ TOKEN_SECRET: 'too short' }, 'TOKEN_SECRET'],
    [{ ROLE: 'queen' }, 'ROLE'],
    [{ NATS_URL: 'nats://127.0.0.1:1' }, 'NODE_NAME'],
    [{ PORT: '70000' }, 'PORT'],
  ])('says in one line what is wrong with %j, and does not show secrets', async (environment, variable) => {
    const child = await startNode(main, [], { env: { ...base, ...environment }, ready: /\n/ });
    expect((await child.exited).code).toBe(1);
    expect(child.output.trim().split('\n')).toEqual([expect.stringMatching(new RegExp(`^${variable}`))]);
    expect(child.output).not.toMatch(/too short|a secret|a-key-of-the-test/);
  });
});
