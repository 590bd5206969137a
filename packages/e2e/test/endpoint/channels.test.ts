import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, RawClient } from '../raw-client.js';
import { TestEndpoint } from './endpoint.js';

const SOON = { timeout: 10_000, interval: 20 };

const servers = [
  { adapter: 'uws', schedulers: 0 },
  { adapter: 'node', schedulers: 1 },
  { adapter: 'uws', schedulers: 2 },
] as const;

describe.each(servers)('channels as actors among others, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  const clients: RawClient[] = [];
  beforeAll(async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: false } });
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await server.stop();
  });

  async function enter(topic: string): Promise<RawClient> {
    const client = await RawClient.connect(server.port);
    clients.push(client);
    await client.join(topic);
    return client;
  }
  const frames = (client: RawClient, event: string) => client.frames.filter((frame) => frame[3] === event);
  const pushed = (event: string) => (frame: Frame) => frame[3] === event;

  it('a push is answered by another process, of whatever thread', async () => {
    const pairs = new Set<string>();
    for (let i = 0; i < 2 * Math.max(1, options.schedulers); i++) {
      const client = await enter('room:deferred');
      const { thread: here } = (await client.push('room:deferred', 'where')).response as { thread: number };
      const answer = await client.push('room:deferred', 'clerk', { i });
      expect(answer).toMatchObject({ status: 'ok', response: { value: { i } } });
      pairs.add(`${here} ${(answer.response as { thread: number }).thread === here ? 'same' : 'other'}`);
      expect(await client.push('room:deferred', 'clerkRefuses')).toEqual({ status: 'error', response: { reason: 'refused by the clerk' } });
    }
    // With two threads, clients are on both, the clerk on one.
    expect(pairs.size).toBe(Math.max(1, options.schedulers));
    if (options.schedulers === 2) expect([...pairs].some((pair) => pair.endsWith('other'))).toBe(true);
  });

  it('pushes, broadcasts and replies of one handler arrive in their order', async () => {
    const talker = await enter('room:mixed');
    const listener = await enter('room:mixed');
    const count = 300;
    const before = talker.frames.length;
    await Promise.all([talker.push('room:mixed', 'mix', { count }), talker.push('room:mixed', 'mix', { count })]);
    const numbers = (frames: readonly Frame[]) =>
      frames.map(([, , , event, payload]) => (event === 'mixed' ? (payload as { i: number }).i : event));
    const once = Array.from({ length: count }, (_, i) => i);
    expect(numbers(talker.frames.slice(before))).toEqual([...once, 'phx_reply', ...once, 'phx_reply']);
    await listener.next((frame) => frame[3] === 'mixed' && frames(listener, 'mixed').length === (2 * count * 2) / 3);
    expect(numbers(frames(listener, 'mixed'))).toEqual([...once, ...once].filter((i) => i % 3 !== 0));
  });

  it('a broadcast reaches those who are in the topic at that moment', async () => {
    const listener = await enter('room:moment');
    const talker = await enter('room:moment');
    const late = await RawClient.connect(server.port);
    clients.push(late);
    // Frames of one write are handled together.
    talker.send('["1",null,"room:moment","shout",{"n":1}]');
    talker.send('["1",null,"room:moment","shoutAndStop",{"n":2}]');
    await talker.next(pushed('phx_close'));
    await late.join('room:moment');
    listener.send('["1",null,"room:moment","shout",{"n":3}]');
    await late.next((frame) => frame[3] === 'shouted');
    await listener.next((frame) => frame[3] === 'shouted' && (frame[4] as { n: number }).n === 3);
    const heard = (client: RawClient) => frames(client, 'shouted').map((frame) => (frame[4] as { n: number }).n);
    expect([heard(talker), heard(listener), heard(late)]).toEqual([[1, 2], [1, 2, 3], [3]]);
    expect(talker.frames.findIndex(pushed('phx_close'))).toBeGreaterThan(talker.frames.findLastIndex(pushed('shouted')));
  });

  it('an answer may come when the channel has crashed, not when the connection is gone', async () => {
    const client = await enter('room:late');
    client.send('["1","kept","room:late","clerkKeeps",{}]');
    await client.alive();
    client.send('["1",null,"room:late","no such event",{}]');
    await client.next(pushed('phx_error'));
    const other = await enter('room:late');
    await other.push('room:late', 'clerkAnswers');
    expect(await client.next((frame) => frame[1] === 'kept')).toEqual([
      '1',
      'kept',
      'room:late',
      'phx_reply',
      { status: 'ok', response: { late: true } },
    ]);
    other.send('["1","gone","room:late","clerkKeeps",{}]');
    await other.alive();
    other.close();
    const third = await enter('room:late');
    await third.push('room:late', 'clerkAnswers');
    await third.alive();
  });

  it('is called, cast to and sent messages; unknown requests reach handleCall and handleCast', async () => {
    const client = await enter('room:registered');
    await client.push('room:registered', 'register');
    await client.push('room:registered', 'askRegistrar');
    const { text } = (await client.next(pushed('said')))[4] as { text: string };
    expect(JSON.parse(text)).toEqual(['room:registered', { unknown: 'frobnicate', args: [1, 'two'] }]);
    expect((await client.next(pushed('cast')))[4]).toEqual({ name: 'twiddle', args: [3] });
    expect((await client.push('room:registered', 'heard')).response).toEqual([
      { type: 'broadcast', topic: 'outside', event: 'note', payload: {} },
    ]);
  });

  it('ends with an actor that links to it; with trapExit it hears of the end', async () => {
    const dies = await enter('room:dies');
    await dies.push('room:dies', 'register');
    dies.send('["1",null,"room:dies","endRegistrar",{}]');
    expect((await dies.next(pushed('phx_error')))[2]).toBe('room:dies');
    await dies.alive();
    const lives = await enter('room:lives');
    await lives.push('room:lives', 'trapExit');
    await expect.poll(async () => (await lives.push('room:lives', 'register')).status, SOON).toBe('ok');
    lives.send('["1",null,"room:lives","endRegistrar",{}]');
    await expect
      .poll(async () => (await lives.push('room:lives', 'heard')).response as { type: string }[], SOON)
      .toMatchObject([{ type: 'EXIT' }]);
  });

  it('hears the events of further topics, and broadcasts come from outside too', async () => {
    const client = await enter('room:listener');
    await client.push('room:listener', 'subscribe', { topic: 'room:outside' });
    const member = await enter('room:outside');
    await fetch(`${server.url}/broadcast`);
    expect((await member.next(pushed('note')))[4]).toEqual({ from: 'http' });
    await expect
      .poll(async () => (await client.push('room:listener', 'heard')).response, SOON)
      .toEqual([{ type: 'broadcast', topic: 'room:outside', event: 'note', payload: { from: 'http' } }]);
    expect(client.frames.filter(pushed('note'))).toEqual([]);
  });

  it('crashes alone when more messages wait than its class allows', async () => {
    const client = await enter('room:full');
    await client.join('room:beside');
    client.send('["1",null,"room:full","sleep",{"ms":5000}]');
    for (let i = 0; i < 25; i++) client.send('["1",null,"room:full","echo",{}]');
    expect((await client.next(pushed('phx_error')))[2]).toBe('room:full');
    expect((await client.push('room:beside', 'echo', { a: 1 }, null)).response).toEqual({ a: 1 });
    await client.join('room:full');
  });

  it('a second join replaces the first channel, whatever it was doing', async () => {
    const client = await enter('room:again');
    client.send('["1","asleep","room:again","sleep",{"ms":5000}]');
    const joinRef = await client.join('room:again');
    expect((await client.next(pushed('phx_close'))).slice(0, 3)).toEqual(['1', '1', 'room:again']);
    expect((await client.push('room:again', 'echo', { b: 2 }, joinRef)).response).toEqual({ b: 2 });
    expect(client.frames.filter((frame) => frame[1] === 'asleep')).toEqual([]);
  });
});
