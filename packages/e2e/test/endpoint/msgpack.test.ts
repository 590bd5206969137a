import { Packr } from 'msgpackr';
import { type Channel, Socket } from 'phoenix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

// ---------------------------------------------------------------- the client's half, as in the guide

const packr = new Packr({ useRecords: false });

interface Message {
  readonly join_ref: unknown;
  readonly ref: unknown;
  readonly topic: unknown;
  readonly event: unknown;
  readonly payload: unknown;
}

function encode(message: object, callback: (encoded: unknown) => void): void {
  const { join_ref, ref, topic, event, payload } = message as Message;
  callback(packr.pack([join_ref, ref, topic, event, payload]));
}

function decode(raw: unknown, callback: (decoded: unknown) => void): void {
  const [join_ref, ref, topic, event, payload] = packr.unpack(new Uint8Array(raw as ArrayBuffer)) as unknown[];
  callback({ join_ref, ref, topic, event, payload });
}

// ----------------------------------------------------------------

const answered = (push: { receive(status: string, callback: (response: unknown) => void): unknown }) =>
  new Promise<unknown>((resolve) => {
    for (const status of ['ok', 'error', 'timeout']) push.receive(status, (response) => resolve({ status, response }));
  });

describe.each(servers)('MessagePack, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  beforeAll(async () => {
    server = await TestEndpoint.start(options, { msgpack: true, endpoint: { limits: false } });
  });
  afterAll(() => server.stop());

  /** The official client. */
  function official(): { socket: Socket; channel(topic: string, params?: object): Channel } {
    const settings = { vsn: '3.0.1', encode, decode, transport: WebSocket as never };
    const socket = new Socket(`ws://127.0.0.1:${server.port}/socket`, settings as never);
    socket.connect();
    return { socket, channel: (topic, params = {}) => socket.channel(topic, params) };
  }

  it('the official client joins, pushes, and gets replies, errors and bytes inside payloads', async () => {
    const { socket, channel } = official();
    const room = channel('room:1');
    expect(await answered(room.join())).toEqual({ status: 'ok', response: {} });
    const payload = { text: 'häßlich', list: [1, -1, 2.5, null, true], nested: { n: 2 ** 40 } };
    expect(await answered(room.push('echo', payload))).toEqual({ status: 'ok', response: payload });
    const { response } = (await answered(room.push('info', {}))) as { response: { serializer: string; transport: string } };
    expect(response).toMatchObject({ serializer: 'msgpack', transport: 'websocket' });
    expect(await answered(channel('room:2', { refuse: true }).join())).toEqual({ status: 'error', response: { reason: 'join crashed' } });
    const bytes = Uint8Array.from([0, 1, 254, 255]);
    const echoed = (await answered(room.push('echo', bytes))) as { response: Uint8Array };
    expect(Uint8Array.from(echoed.response)).toEqual(bytes);
    expect(await answered(room.leave())).toMatchObject({ status: 'ok' });
    socket.disconnect();
  });

  it('shares topics with clients of version 2, which hear one another', async () => {
    const { socket, channel } = official();
    const room = channel('room:mixed');
    const heard: unknown[] = [];
    room.on('shouted', (payload) => {
      heard.push(payload);
    });
    await answered(room.join());
    const json = await RawClient.connect(server.port);
    await json.join('room:mixed');
    json.send(JSON.stringify([null, null, 'room:mixed', 'shout', { from: 'json' }]));
    room.push('shout', { from: 'msgpack' });
    await json.next(([, , , event, payload]) => event === 'shouted' && payload.from === 'msgpack');
    await expect.poll(() => heard, { timeout: 10_000 }).toHaveLength(2);
    expect(heard).toEqual(expect.arrayContaining([{ from: 'json' }, { from: 'msgpack' }]));
    json.close();
    socket.disconnect();
  });

  it('a crash of its channel: the client is told, and joins again by itself', async () => {
    const { socket, channel } = official();
    const room = channel('room:crash');
    await answered(room.join());
    const told = new Promise((resolve) => room.onError(resolve));
    room.push('no such event', {});
    expect(await told).toEqual({ reason: 'channel_crash' });
    await expect.poll(() => room.state, { timeout: 10_000 }).toBe('joined');
    expect(await answered(room.push('echo', { again: true }))).toEqual({ status: 'ok', response: { again: true } });
    socket.disconnect();
  });

  /** A socket that the server has answered on: uWebSockets.js may lose one while it opens. */
  async function connected(): Promise<WebSocket> {
    for (let tries = 0; tries < 3; tries++) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?vsn=3.0.0`);
      socket.once('open', () => socket.send(pack([null, '1', 'phoenix', 'heartbeat', {}])));
      const answered = await new Promise((resolve) => {
        socket.once('message', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (answered === true) return socket;
    }
    throw new Error('the server closed three sockets that had said nothing wrong');
  }

  const pack = (value: unknown) => packr.pack(value) as Uint8Array;
  it.each([
    ['text', '["1","1","room:1","phx_join",{}]'],
    ['nothing', new Uint8Array()],
    ['half a frame', pack(['1', '1', 'room:1', 'phx_join', { a: 1 }]).subarray(0, 12)],
    ['more than a frame', Buffer.concat([pack(['1', '1', 'room:1', 'phx_join', {}]), Buffer.from([0])])],
    ['too few elements', pack(['1', '1', 'room:1', 'phx_join'])],
    ['a map', pack({ topic: 'room:1' })],
    ['a date', pack(['1', '1', 'room:1', 'phx_join', { at: new Date(0) }])],
    ['a record', Uint8Array.from([0x95, 0xc0, 0xc0, 0xa1, 97, 0xa1, 98, 0xd4, 0x72, 0x40, 0x91, 0xa1, 97, 1])],
    ['a list that says it is endless', Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff, 1])],
    ['a ref that is a list', pack([[1], '1', 'room:1', 'phx_join', {}])],
    [
      'nesting without end',
      Buffer.concat([Buffer.from([0x95, 0xc0, 0xc0, 0xa1, 97, 0xa1, 98]), Buffer.alloc(5000, 0x91), Buffer.from([1])]),
    ],
  ])('a frame that is %s closes that connection alone, with 1011', async (_, frame) => {
    const socket = await connected();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send(frame);
    expect(await closed).toBe(1011);
  });

  it('is not spoken over long-polling, nor to those who did not ask', async () => {
    const poll = await fetch(`${server.url}/socket/longpoll?vsn=3.0.0`);
    expect(await poll.json()).toEqual({ status: 403 });
    const refused = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?vsn=3.1.0`);
    refused.on('error', () => {});
    const status = await new Promise((resolve) => refused.once('unexpected-response', (_request, answer) => resolve(answer.statusCode)));
    expect(status).toBe(403);
  });
});

describe('a module that is no serializer', () => {
  it.each([
    ['data:text/javascript,export default 1', /endpoint\.serializers\['9\.0\.0'\]: expected data:.* to export a Serializer by default/],
    [
      'data:text/javascript,throw new Error("it broke")',
      /endpoint\.serializers\['9\.0\.0'\]: data:.* could not be loaded \(Error: it broke\)/,
    ],
  ])('%s ends the start', async (module, problem) => {
    const starting = TestEndpoint.start({ schedulers: 0 }, { endpoint: { serializers: { '9.0.0': module } } });
    await expect(starting).rejects.toThrow(problem);
  });
});
