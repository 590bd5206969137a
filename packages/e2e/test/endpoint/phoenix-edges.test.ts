import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ConformanceServer, servers, startConformance } from '../clients/conformance-server.js';
import { type Frame, RawClient } from '../raw-client.js';

// What the source of Phoenix 1.8 does at the edges that the recordings do not go to.

const UNMATCHED = { status: 'error', response: { reason: 'unmatched topic' } };
const OK = { status: 'ok', response: {} };

describe.each(servers)('as Phoenix, $adapter, schedulers: $schedulers', (options) => {
  let server: ConformanceServer;
  const clients: RawClient[] = [];
  beforeAll(async () => {
    server = await startConformance(options);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(server.port);
    clients.push(client);
    return client;
  };
  /** Sends frames to a new client's connection; answers the first so many that come, and what comes before the answer to a heartbeat. */
  const played = async (count: number, ...sent: readonly (string | Uint8Array | readonly unknown[])[]): Promise<Frame[]> => {
    const client = await connect();
    for (const frame of sent) client.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
    await client.next(() => client.frames.length >= count);
    client.send('[null,"last","phoenix","heartbeat",{}]');
    await client.next((frame) => frame[1] === 'last');
    return client.frames.filter((frame) => frame[1] !== 'last');
  };
  const closedBy = async (frame: string | Uint8Array): Promise<number> => {
    const client = await connect();
    client.send(frame);
    return client.closed();
  };
  const binary = (fields: readonly string[], data = ''): Buffer =>
    Buffer.concat([
      Buffer.from([0, ...fields.map((field) => Buffer.byteLength(field, 'latin1'))]),
      Buffer.from(fields.join('') + data, 'latin1'),
    ]);

  it.each([5, null, true, ['room:1'], { a: 1 }])('the topic %j: leaving it is fine, all else is unmatched', async (topic) => {
    expect(
      await played(3, ['7', '1', topic, 'phx_leave', {}], ['7', '2', topic, 'echo', {}], ['7', '3', topic, 'phx_close', null]),
    ).toEqual([
      ['7', '1', topic, 'phx_reply', OK],
      [null, '2', topic, 'phx_reply', UNMATCHED],
      [null, '3', topic, 'phx_reply', UNMATCHED],
    ]);
  });

  it('the join_ref `false` is none for what the channel says, and one for what ends it', async () => {
    expect(
      await played(
        3,
        [false, 'r', 'room:1', 'phx_join', {}],
        [false, '1', 'room:1', 'echo', 1],
        ['x', '2', 'room:1', 'echo', 2],
        [null, '3', 'room:1', 'stop', {}],
      ),
    ).toEqual([
      [false, 'r', 'room:1', 'phx_reply', OK],
      ['r', '1', 'room:1', 'phx_reply', { status: 'ok', response: 1 }],
      [false, false, 'room:1', 'phx_close', {}],
    ]);
  });

  it('a join_ref that is not flat is compared by what it holds', async () => {
    const ref = [1, { a: 'b' }];
    expect(await played(2, [ref, '0', 'room:1', 'phx_join', {}], [ref, '1', 'room:1', 'echo', 1], [[1], '2', 'room:1', 'echo', 2])).toEqual(
      [
        [ref, '0', 'room:1', 'phx_reply', OK],
        [ref, '1', 'room:1', 'phx_reply', { status: 'ok', response: 1 }],
      ],
    );
  });

  it('an event in a binary frame that is no text crashes its channel, and nothing else', async () => {
    const join = (topic: string) => ['1', '1', topic, 'phx_join', {}];
    const frames = await played(4, join('room:a'), join('room:b'), binary(['1', '2', 'room:a', '\xff\xfe']), [
      '1',
      '3',
      'room:b',
      'echo',
      {},
    ]);
    expect(frames).toContainEqual(['1', '1', 'room:a', 'phx_error', { reason: 'channel_crash' }]);
    expect(frames).toContainEqual(['1', '3', 'room:b', 'phx_reply', OK]);
    expect(await played(1, binary(['', '2', 'room:c', '\xff']))).toEqual([[null, '2', 'room:c', 'phx_reply', UNMATCHED]]);
  });

  it('bytes within JSON cannot be said: the channel that tries crashes', async () => {
    const crash = { reason: 'channel_crash' };
    expect(await played(2, binary(['1', '1', 'room:after', 'phx_join'], 'abc'))).toEqual([
      ['1', '1', 'room:after', 'phx_reply', OK],
      ['1', '1', 'room:after', 'phx_error', crash],
    ]);
    const listener = await connect();
    await listener.join('room:listens');
    await listener.push('room:listens', 'subscribe', { topic: 'room:speaks' });
    const speaker = await connect();
    await speaker.join('room:speaks');
    speaker.send(binary(['1', '2', 'room:speaks', 'binary_broadcast_from'], 'abc'));
    expect(await listener.next((frame) => frame[3] === 'phx_error')).toEqual(['1', '1', 'room:listens', 'phx_error', crash]);
  });

  it.each([
    ['no topic, no event', Buffer.from([0, 0, 0, 0])],
    ['a length beyond its end', Buffer.from([0, 1, 1, 200, 1, 0x31])],
    ['a reply', Buffer.concat([Buffer.from([1]), binary(['1', '2', 'room:1', 'ok']).subarray(1)])],
    ['a broadcast', Buffer.from([2, 1, 1, 0x74, 0x65])],
    ['nothing', Buffer.alloc(0)],
    ['a topic that is no text', binary(['1', '2', 'room:\xff', 'phx_join'])],
    ['half a character', '["1","2","room:1","echo","\\ud83c"]'],
    ['a frame that JSON.parse takes for text with a mark', '\ufeff["1","2","room:1","echo",{}]'],
  ])('a frame with %s ends the connection with 1011', async (_what, frame) => {
    expect(await closedBy(frame)).toBe(1011);
  });

  it('empty texts in binary frames are empty, not null', async () => {
    expect(
      await played(3, binary(['', '', 'room:1', 'phx_leave']), binary(['', '', '', 'echo']), binary(['', '', 'phoenix', 'heartbeat'], 'x')),
    ).toEqual([
      ['', '', 'room:1', 'phx_reply', OK],
      [null, '', '', 'phx_reply', UNMATCHED],
      [null, '', 'phoenix', 'phx_reply', OK],
    ]);
  });

  describe('subprotocols', () => {
    const token = async () =>
      Buffer.from(((await (await fetch(`http://127.0.0.1:${server.port}/_token/ann`)).json()) as { token: string }).token).toString(
        'base64url',
      );
    /** The subprotocol of the answer, or why there is no connection. */
    const offered = (path: string, protocols: readonly string[]): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}/websocket?vsn=2.0.0`, [...protocols]);
        socket.on('open', () => {
          resolve(socket.protocol);
          socket.terminate();
        });
        socket.on('unexpected-response', (_request, { statusCode }) => resolve(String(statusCode)));
        socket.on('error', (error) => resolve(error.message));
      });

    it('a token beside `phoenix`, two, none, or one alone', async () => {
      const one = `base64url.bearer.phx.${await token()}`;
      expect(await offered('/socket', ['phoenix', one])).toBe('phoenix');
      expect(await offered('/socket', ['other', 'phoenix'])).toBe('phoenix');
      expect(await offered('/socket', ['other', one])).toBe('403');
      expect(await offered('/socket', [one, `${one}A`])).toBe('403');
      expect(await offered('/socket', ['phoenix', `${one}A`])).toBe('403');
      expect(await offered('/socket', [one])).toBe('Server sent no subprotocol');
    });

    it('a socket that takes no tokens has none', async () => {
      expect(await offered('/tiny', ['phoenix'])).toBe('Server sent no subprotocol');
      expect(await offered('/tiny', ['other'])).toBe('Server sent no subprotocol');
    });
  });

  describe('long-polling', () => {
    interface Answer {
      readonly status: number;
      readonly token: string;
      readonly messages: readonly string[];
    }
    const url = () => `http://127.0.0.1:${server.port}/tiny/longpoll?vsn=2.0.0`;
    const open = async () => ((await (await fetch(url())).json()) as Answer).token;
    const post = async (token: string, body: string, type = 'application/x-ndjson'): Promise<number> => {
      const headers = { 'content-type': type, 'x-phoenix-longpoll-token': token };
      const response = await fetch(url(), { method: 'POST', body, headers });
      return response.status === 200 ? ((await response.json()) as Answer).status : -response.status;
    };
    const polled = async (token: string): Promise<unknown[]> => {
      const { messages } = (await (await fetch(url(), { headers: { 'x-phoenix-longpoll-token': token } })).json()) as Answer;
      return messages.map((message) => JSON.parse(message) as unknown);
    };
    const beat = (ref: string) => `[null,"${ref}","phoenix","heartbeat",{}]`;
    const beaten = (...refs: string[]) => refs.map((ref) => [null, ref, 'phoenix', 'phx_reply', OK]);

    it('a line that is no base64 is an error of its request; what came before is handled, and the session lives', async () => {
      const token = await open();
      expect(await post(token, `${beat('1')}\n{"a":1}\n${beat('2')}`)).toBe(-500);
      expect(await post(token, beat('3'))).toBe(200);
      expect(await polled(token)).toEqual(beaten('1', '3'));
    });

    it('lines end with either end, and are lines for one content type only', async () => {
      const token = await open();
      const line = binary(['', '2', 'phoenix', 'heartbeat']).toString('base64');
      expect(await post(token, `${beat('1')}\r\n${line}\n${beat('3')}`)).toBe(200);
      expect(await post(token, beat('4'), 'application/x-ndjson; charset=utf-8')).toBe(200);
      expect(await polled(token)).toEqual(beaten('1', '2', '3', '4'));
      expect(await post(token, `${beat('5')}\n${beat('6')}`, 'application/x-ndjson; charset=utf-8')).toBe(408);
      expect(await post(token, beat('7'))).toBe(410);
    });

    it('after a hundred lines nothing is looked at', async () => {
      const token = await open();
      const refs = Array.from({ length: 100 }, (_, i) => String(i));
      expect(await post(token, `${refs.map(beat).join('\n')}\n{`)).toBe(200);
      expect(await polled(token)).toEqual(beaten(...refs));
    });

    it('an empty line is an empty binary frame', async () => {
      const token = await open();
      expect(await post(token, `${beat('1')}\n`)).toBe(408);
      expect(await post(token, beat('2'))).toBe(410);
    });
  });
});
