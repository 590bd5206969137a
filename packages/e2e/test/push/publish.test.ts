import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { servers, startPush } from './endpoint.js';

const KEY = 'a-key-of-the-test-0123456789';
const OLD_KEY = 'an-expired-key-0123456789';
const publish = {
  keys: [
    { name: 'test', key: KEY, topics: ['match:*', 'user:*', 'ticker:*'] },
    { name: 'old', key: OLD_KEY, topics: ['match:*'], expiresAt: 1_600_000_000_000 },
  ],
};
const goal = { event: 'goal', payload: { team: 'home' } };

describe.each(servers)('the publish API, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  const clients: RawClient[] = [];
  beforeAll(async () => {
    server = await startPush(options, { endpoint: { publish, limits: false, maxBodyBytes: 10_000 } });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  async function joined(topic: string): Promise<RawClient> {
    const client = await RawClient.connect(server.port);
    clients.push(client);
    await client.join(topic);
    return client;
  }
  async function post(body: unknown, headers: { readonly [name: string]: string } = {}) {
    const response = await fetch(`${server.url}/api/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, said: (await response.json()) as { [key: string]: unknown }, headers: response.headers };
  }
  const heard = (client: RawClient) =>
    client.frames.filter(([, , , event]) => event === 'goal').map(([, , topic, , payload]) => [topic, payload]);
  /** What was published before this has arrived when this has. */
  async function settled(client: RawClient, topic: string): Promise<void> {
    await post({ topic, event: 'end', payload: {} });
    await client.next(([, , on, event]) => on === topic && event === 'end');
  }

  it('reaches the topics, and all devices of a user', async () => {
    const [match, phone, laptop] = await Promise.all([joined('match:1'), joined('user:ann'), joined('user:ann')]);
    expect(await post({ topic: 'match:1', ...goal })).toMatchObject({ status: 200, said: { published: 1, repeated: 0 } });
    expect(await post({ user: 'ann', ...goal })).toMatchObject({ status: 200 });
    await Promise.all([settled(match, 'match:1'), settled(phone, 'user:ann'), settled(laptop, 'user:ann')]);
    expect([heard(match), heard(phone), heard(laptop)]).toEqual([
      [['match:1', { team: 'home' }]],
      [['user:ann', { team: 'home' }]],
      [['user:ann', { team: 'home' }]],
    ]);
  });

  it('takes a batch in order, or none of it', async () => {
    const client = await joined('match:batch');
    const message = (n: number) => ({ topic: 'match:batch', event: 'goal', payload: { n } });
    expect(await post({ messages: [1, 2, 3].map(message) })).toMatchObject({ status: 200, said: { published: 3 } });
    expect(await post({ messages: [message(4), { ...message(5), topic: 'zod' }] })).toMatchObject({ status: 403 });
    await settled(client, 'match:batch');
    expect(heard(client).map(([, payload]) => payload)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    // They were numbered like everything on the topic.
    expect(client.frames.filter(([, , , event]) => event === 'goal').map(([, ref]) => ref)).toEqual(['@1', '@2', '@3']);
  });

  it('delivers a repeat to nobody', async () => {
    const client = await joined('ticker:once');
    const first = { topic: 'ticker:once', ...goal, id: 'one' };
    expect((await post(first)).said).toEqual({ published: 1, repeated: 0 });
    expect((await post(first)).said).toEqual({ published: 0, repeated: 1 });
    expect((await post({ topic: 'ticker:once', ...goal }, { 'idempotency-key': 'one' })).said).toEqual({ published: 0, repeated: 1 });
    expect((await post({ topic: 'ticker:once', ...goal }, { 'idempotency-key': 'two' })).said).toEqual({ published: 1, repeated: 0 });
    await settled(client, 'ticker:once');
    expect(heard(client)).toHaveLength(2);
  });

  it('says what was wrong: the key, the method, the body, the topic', async () => {
    const refused = (status: number, code: string) => ({ status, said: { error: { code, message: expect.any(String) } } });
    const message = { topic: 'match:1', ...goal };
    const before = Number((await server.counters()).publishRefused);
    const get = await fetch(`${server.url}/api/publish`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const without = await post(message, { authorization: '' });
    expect(without).toMatchObject(refused(401, 'no_key'));
    expect(without.headers.get('www-authenticate')).toBe('Bearer');
    expect(await post(message, { authorization: `Basic ${KEY}` })).toMatchObject(refused(401, 'no_key'));
    expect(await post(message, { authorization: `Bearer ${KEY}x` })).toMatchObject(refused(401, 'unknown_key'));
    expect(await post(message, { authorization: `Bearer ${OLD_KEY}` })).toMatchObject(refused(401, 'expired_key'));
    expect(await post('{"topic"')).toMatchObject(refused(400, 'bad_json'));
    expect(await post({ topic: 'match:1', event: 'goal', payload: 'x' })).toMatchObject(refused(400, 'bad_message'));
    expect(await post({ ...message, topic: 'zod' })).toMatchObject(refused(403, 'out_of_scope'));
    expect(await post({ ...message, topic: 'nothing' })).toMatchObject(refused(404, 'unknown_topic'));
    expect(await post({ ...message, payload: { text: 'x'.repeat(10_000) } })).toMatchObject(refused(413, 'body_too_large'));
    expect(await server.counters()).toMatchObject({ publishRefused: before + 10 });
    expect(server.child.output).not.toContain(KEY);
  });

  it('takes what curl sends', () => {
    const args = [
      '-sS',
      '-H',
      `Authorization: Bearer ${KEY}`,
      '-d',
      JSON.stringify({ topic: 'match:curl', ...goal }),
      `${server.url}/api/publish`,
    ];
    const { stdout, status } = spawnSync('curl', args, { encoding: 'utf8' });
    expect([status, JSON.parse(stdout)]).toEqual([0, { published: 1, repeated: 0 }]);
  });
});
