import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Frame, RawClient } from '../../e2e/test/raw-client.js';
import { everywhere, Server, withThreads } from './support/server.js';

const pidOf = async (client: RawClient, topic: string, joinRef: string): Promise<unknown> =>
  ((await client.push(topic, 'where', {}, joinRef)).response as { pid: unknown }).pid;

everywhere('sockets, ADAPTER=$adapter SCHEDULERS=$schedulers', (options) => {
  const onThreads = withThreads(options);
  let server: Server;
  beforeAll(async () => {
    server = await Server.start({ ...options, stuckAfterMs: 1000 });
  });
  afterEach(() => server.closeClients());
  afterAll(async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  describe('a channel that crashes', () => {
    it('is over for that client and topic alone, and can be joined again at once', async () => {
      const [ann, bob] = await Promise.all([server.client(), server.client()]);
      const [one, two] = [await ann.join('room:1'), await ann.join('room:2')];
      const bobs = await bob.join('room:1');
      const before = [await pidOf(ann, 'room:2', two), await pidOf(bob, 'room:1', bobs)];
      ann.send(JSON.stringify([one, '90', 'room:1', 'crash', {}]));
      const frame = await ann.next((frame) => frame[3] === 'phx_error');
      expect(frame).toEqual([one, one, 'room:1', 'phx_error', { reason: 'channel_crash' }]);
      const again = await ann.join('room:1');
      expect([await pidOf(ann, 'room:2', two), await pidOf(bob, 'room:1', bobs)]).toEqual(before);
      expect(await ann.push('room:1', 'echo', { back: true }, again)).toEqual({ status: 'ok', response: { back: true } });
      expect(ann.frames.filter((frame) => frame[3] === 'phx_error' || frame[3] === 'phx_close')).toHaveLength(1);
      expect(bob.frames.filter((frame) => frame[3] !== 'phx_reply')).toEqual([]);
      expect(ann.frames.filter((frame) => frame[1] === '90')).toEqual([]);
    });

    it('in its join refuses that join', async () => {
      const ann = await server.client();
      expect(await ann.push('room:1', 'phx_join', { crash: true })).toEqual({ status: 'error', response: { reason: 'join crashed' } });
      expect(await ann.push('room:1', 'phx_join', { refuse: true })).toEqual({ status: 'error', response: { reason: 'not you' } });
      await ann.join('room:1');
    });
  });

  describe('a second join', () => {
    it('of the same topic replaces the first: it is closed with its own reference, before the new one answers anything else', async () => {
      const ann = await server.client();
      const first = await ann.join('room:1');
      const old = await pidOf(ann, 'room:1', first);
      const second = await ann.join('room:1');
      const closed = await ann.next((frame) => frame[3] === 'phx_close');
      expect(closed.slice(0, 4)).toEqual([first, first, 'room:1', 'phx_close']);
      expect(await pidOf(ann, 'room:1', second)).not.toBe(old);
      ann.send(JSON.stringify([first, '91', 'room:1', 'echo', {}]));
      await ann.alive();
      expect(ann.frames.filter((frame) => frame[1] === '91')).toEqual([]);
    });

    it('that is refused leaves the topic without a channel', async () => {
      const ann = await server.client();
      const first = await ann.join('room:1');
      expect(await ann.push('room:1', 'phx_join', { refuse: true })).toMatchObject({ status: 'error' });
      expect((await ann.next((frame) => frame[3] === 'phx_close'))[0]).toBe(first);
      expect(await ann.push('room:1', 'echo', {}, first)).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    });
  });

  describe('a broadcast', () => {
    it('reaches everybody once, in order, whatever they speak, and with broadcastFrom not the sender', async () => {
      const [ann, bob, old] = await Promise.all([server.client(), server.client(), server.client('/socket/websocket')]);
      const ref = await ann.join('room:all');
      await bob.join('room:all');
      const joined = once(old.socket, 'message');
      old.send(JSON.stringify({ topic: 'room:all', event: 'phx_join', payload: {}, ref: '1' }));
      await joined;
      for (let n = 0; n < 50; n++) ann.send(JSON.stringify([ref, null, 'room:all', 'shout', { n }]));
      ann.send(JSON.stringify([ref, null, 'room:all', 'shout_to_others', { n: 50 }]));
      const last = (frame: Frame): boolean => frame[3] === 'shout' && frame[4].n === 50;
      await bob.next(last);
      await ann.alive();
      const numbers = (client: RawClient): unknown[] => client.frames.filter((frame) => frame[3] === 'shout').map((frame) => frame[4].n);
      const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
      expect(numbers(bob)).toEqual(upTo(51));
      expect(numbers(ann)).toEqual(upTo(50));
      const inV1 = old.frames as unknown as { event: string; payload: { n: number } }[];
      await old.next(() => inV1.some(({ payload }) => payload.n === 50));
      expect(inV1.filter(({ event }) => event === 'shout').map(({ payload }) => payload.n)).toEqual(upTo(51));
    });
  });

  describe('a client that does not read', () => {
    const REPORT = /closed a connection of 127\.0\.0\.1 to \/socket: more than 200000 bytes waited to be read/;

    it('is cut off, which is reported', async () => {
      const [slow, bob] = await Promise.all([server.client(), server.client()]);
      const ref = await slow.join('room:1');
      const from = server.child.output.length;
      slow.socket.pause();
      slow.send(JSON.stringify([ref, null, 'room:1', 'shove', { bytes: 50_000, count: 400 }]));
      await server.child.waitFor(REPORT, { from });
      slow.socket.resume();
      expect([1006, 1013]).toContain(await slow.closed());
      await bob.alive();
      expect(server.child.output.slice(from).match(/bytes waited to be read/g)).toHaveLength(1);
    });

    it('holds up no broadcast: all others get all of it', async () => {
      const [ann, slow, fast] = await Promise.all([server.client(), server.client(), server.client()]);
      const ref = await ann.join('room:ctl');
      await slow.join('room:flood');
      await fast.join('room:flood');
      slow.socket.pause();
      const numbers = (client: RawClient): unknown[] => client.frames.filter((frame) => frame[3] === 'flood').map((frame) => frame[4].i);
      const rounds = 20;
      for (let round = 1; round <= rounds; round++) {
        await ann.push('room:ctl', 'flood', { topic: 'room:flood', bytes: 50_000, count: 20 }, ref);
        await fast.next(() => numbers(fast).length === 20 * round, 30_000);
      }
      slow.socket.resume();
      expect([1006, 1013]).toContain(await slow.closed());
      expect(numbers(slow).length).toBeLessThan(20 * rounds);
      await fast.alive();
    }, 60_000);
  });

  describe('a client that says nothing', () => {
    it('is closed after the timeout; one that says something is not', async () => {
      const [silent, other] = await Promise.all([server.client('/quick/websocket?vsn=2.0.0'), server.client('/quick/websocket?vsn=2.0.0')]);
      const heartbeats = setInterval(() => other.send('[null,"1","phoenix","heartbeat",{}]'), 100);
      expect(await silent.closed()).toBe(1001);
      await other.alive();
      clearInterval(heartbeats);
      expect(other.closeCode).toBeUndefined();
      expect(await other.closed()).toBe(1001);
    });
  });

  describe('disconnect', () => {
    it('from anywhere closes the connections with that id with 1001, and no others', async () => {
      const at = (user: string) => server.client(`/socket/websocket?vsn=2.0.0&user=${user}`);
      const [one, two, other, boss] = await Promise.all([at('eve'), at('eve'), at('dan'), at('boss')]);
      const ref = await boss.join('room:1');
      await one.join('room:1');
      boss.send(JSON.stringify([ref, null, 'room:1', 'disconnect', { id: 'user:eve' }]));
      expect([await one.closed(), await two.closed()]).toEqual([1001, 1001]);
      await Promise.all([other.alive(), boss.alive()]);
      const again = await at('eve');
      await again.join('room:1');
      await again.alive();
    });
  });

  describe('frames', () => {
    const frameOf = (bytes: number): string => {
      const empty = JSON.stringify(['1', '5', 'room:1', 'echo', { text: '' }]);
      return JSON.stringify(['1', '5', 'room:1', 'echo', { text: 'x'.repeat(bytes - empty.length) }]);
    };

    it('of just the largest size pass, one byte more closes the connection', async () => {
      const [ann, bob] = await Promise.all([server.client(), server.client()]);
      await ann.join('room:1');
      ann.send(frameOf(10_000));
      expect((await ann.next((frame) => frame[1] === '5' && frame[3] === 'phx_reply'))[4]).toMatchObject({ status: 'ok' });
      ann.send(frameOf(10_001));
      expect([1006, 1009]).toContain(await ann.closed());
      await bob.alive();
    });

    it.each([
      ['a byte order mark before the text, short', '\ufeff["1","1","room:1","phx_join",{}]'],
      ['a byte order mark before the text, long', `\ufeff["1","1","room:1","phx_join",{"text":"${'x'.repeat(300)}"}]`],
      ['one level of arrays too many', '[["1","1","room:1","phx_join",{}]]'],
    ])('that cannot be decoded close the connection with 1011: %s', async (_what, frame) => {
      const ann = await server.client();
      ann.send(frame);
      expect(await ann.closed()).toBe(1011);
    });

    it('with a topic that is too long or of nobody cannot be joined, and harm nobody', async () => {
      const ann = await server.client();
      const unmatched = { status: 'error', response: { reason: 'unmatched topic' } };
      for (const topic of [`room:${'x'.repeat(4092)}`, '__proto__', 'toString', '']) {
        expect(await ann.push(topic, 'phx_join')).toEqual(unmatched);
      }
      const longest = `room:${'x'.repeat(4091)}`;
      const ref = await ann.join(longest);
      ann.send(JSON.stringify([ref, null, longest, 'shout', { n: 1 }]));
      await ann.next((frame) => frame[3] === 'shout');
      for (const topic of ['room:__proto__', 'room:\u0000', 'room:😀', 'room:*']) await ann.join(topic);
      await ann.alive();
    });

    it('may join only so many topics', async () => {
      const ann = await server.client();
      const refs = [];
      for (let i = 0; i < 5; i++) refs.push(await ann.join(`room:${i}`));
      expect(await ann.push('room:5', 'phx_join')).toEqual({ status: 'error', response: { reason: 'too many channels joined' } });
      await ann.join('room:4');
      await ann.push('room:0', 'phx_leave', {}, refs[0]);
      await ann.next((frame) => frame[3] === 'phx_close' && frame[2] === 'room:0');
      await ann.join('room:5');
    });
  });

  describe('paths', () => {
    it('lead to sockets of their own', async () => {
      const [deep, other] = await Promise.all([
        server.client('/deep/prefix/socket/websocket?vsn=2.0.0'),
        server.client('/other/websocket?vsn=2.0.0'),
      ]);
      expect((await deep.push('room:1', 'phx_join')).response).toMatchObject({ path: '/deep/prefix/socket/websocket' });
      expect(await deep.push('other:1', 'phx_join')).toMatchObject({ status: 'error' });
      expect((await other.push('other:1', 'phx_join')).response).toMatchObject({ path: '/other/websocket' });
      expect(await other.push('room:1', 'phx_join')).toMatchObject({ status: 'error' });
      expect(await deep.push('exact', 'phx_join')).toMatchObject({ status: 'ok' });
      expect(await deep.push('exactly', 'phx_join')).toMatchObject({ status: 'error' });
    });

    const upgrade = (path: string, headers: readonly string[] = []): string =>
      [
        `GET ${path} HTTP/1.1`,
        'Host: localhost:4000',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13',
        ...headers,
        '',
        '',
      ].join('\r\n');

    it.each([
      ['/socket/websocket?vsn=2.0.0&refuse=1', 403],
      ['/socket/websocket?vsn=2.0.0&crash=1', 500],
      ['/socket/websocket?vsn=9.9.9', 403],
      ['/socket', 404],
      ['/socket/websocket/more', 404],
      ['/polls/websocket', 404],
      ['/nowhere', 404],
    ])('%s is refused with %i', async (path, status) => {
      expect((await server.raw(upgrade(path))).status).toBe(status);
      await server.alive();
    });

    it.each([
      ['of the page itself', 'http://localhost:4000', 0],
      ['of the page itself, by another scheme', 'https://localhost:4000', 0],
      ['of another port', 'http://localhost:4001', 403],
      ['of another host', 'http://evil.example', 403],
      ['that hides the host in its user', 'http://localhost:4000@evil.example', 403],
      ['that is no URL', 'localhost', 403],
      ['null', 'null', 403],
    ])('with an origin %s', async (_what, origin, refused) => {
      if (refused !== 0) expect((await server.raw(upgrade('/socket/websocket', [`Origin: ${origin}`]))).status).toBe(refused);
      else {
        const socket = new (Object.getPrototypeOf((await server.client()).socket).constructor)(
          `ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`,
          { headers: { Origin: origin, Host: 'localhost:4000' } },
        );
        await once(socket, 'open');
        socket.terminate();
      }
    });

    it('survive a Host that is none', async () => {
      for (const host of ['Host: a b', 'Host: ', 'Host: [', 'Host: http://x/', `Host: ${'x'.repeat(3000)}`]) {
        const { status } = await server.raw(upgrade('/socket/websocket?vsn=2.0.0').replace('Host: localhost:4000', host));
        expect([0, 101, 400, 403, 500], host).toContain(status);
      }
      await server.alive();
    });
  });

  onThreads('keeps its connections when user code ends a thread', async () => {
    const [ann, bob] = await Promise.all([server.client('/socket/websocket?vsn=2.0.0&user=ann'), server.client()]);
    const ref = await ann.join('room:1');
    await bob.join('room:2');
    const before = ((await ann.push('room:1', 'where', {}, ref)).response as { thread: number }).thread;
    ann.send(JSON.stringify([ref, null, 'room:1', 'exit', { code: 3 }]));
    const errors = await Promise.all([ann, bob].map((client) => client.next((frame) => frame[3] === 'phx_error')));
    expect(errors.map((frame) => frame[2])).toEqual(['room:1', 'room:2']);
    expect((await ann.push('room:1', 'phx_join')).response).toMatchObject({ user: 'ann' });
    const again = await ann.join('room:1');
    const after = ((await ann.push('room:1', 'where', {}, again)).response as { thread: number }).thread;
    expect(after).toBeGreaterThan(before);
    expect(await ann.push('room:1', 'count', {}, again)).toEqual({ status: 'ok', response: { count: 1 } });
    expect([ann.closeCode, bob.closeCode]).toEqual([undefined, undefined]);
  });
});
