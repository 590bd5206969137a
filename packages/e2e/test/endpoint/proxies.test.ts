import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

interface Info {
  readonly peer: string;
  readonly peerPort?: number;
  readonly uri: string;
  readonly userAgent: string;
  readonly serializer: string;
  readonly transport: string;
  readonly xHeaders: { [name: string]: string };
  readonly traceContext: { [name: string]: string };
}

/** What `connect` was told about a client that sends these headers. */
async function infoOf(server: TestEndpoint, headers: { [name: string]: string }): Promise<Info> {
  const client = await RawClient.over(() => new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0&a=1`, { headers }));
  await client.join('room:1');
  const { response } = await client.push('room:1', 'info');
  client.close();
  return response as Info;
}

/** The answer to `GET path` over a connection that begins with these bytes. */
async function rawGet(port: number, before: Uint8Array, path: string, headers: readonly string[] = []): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {}); // a reset is an end like any other
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // In two writes: a header may come in pieces.
  socket.write(before.subarray(0, 7));
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(before.subarray(7));
  socket.write([`GET ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n'));
  await closed;
  return text;
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const v4 = (address: string) =>
  Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0, 12, ...address.split('.').map(Number), 127, 0, 0, 1, 0x12, 0x34, 0, 80])]);

describe.each(servers)('behind proxies, $adapter, schedulers: $schedulers', (options) => {
  let trusting: TestEndpoint;
  let plain: TestEndpoint;
  let proxied: TestEndpoint;
  beforeAll(async () => {
    const socket = { connectInfo: { xHeaders: ['X-Tenant'] } };
    [trusting, plain, proxied] = await Promise.all([
      TestEndpoint.start(options, { socket, endpoint: { trustedProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'] } }),
      TestEndpoint.start(options),
      TestEndpoint.start(options, {
        endpoint: { trustedProxies: ['127.0.0.0/8'], proxyProtocol: true, limits: { connects: { perSecond: 0.0001, burst: 1 } } },
      }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([trusting.stop(), plain.stop(), proxied.stop()]);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['6.6.6.6, 192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7', 4711],
    ['[2001:4860:0:0::8888]:99', '2001:4860::8888', 99],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['unknown, 10.0.0.1', '10.0.0.1'],
    ['nonsense', '127.0.0.1'],
  ])('X-Forwarded-For: %s', async (header, peer, port?: number) => {
    const { peer: told, peerPort } = await infoOf(trusting, { 'x-forwarded-for': header });
    expect(told).toBe(peer);
    if (peer !== '127.0.0.1') expect(peerPort).toBe(port);
    expect(await infoOf(plain, { 'x-forwarded-for': header })).toMatchObject({ peer: '127.0.0.1' });
  });

  it('what a client says about itself: all but what was not asked for', async () => {
    const headers = {
      'x-tenant': 'acme',
      'x-secret': 'of another proxy',
      'x-forwarded-proto': 'https',
      'user-agent': 'tester/1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
      cookie: 'not for connect',
    };
    const { port } = trusting;
    expect(await infoOf(trusting, headers)).toEqual({
      peer: '127.0.0.1',
      ...(options.adapter === 'node' ? { peerPort: expect.any(Number) as number } : {}),
      uri: `wss://127.0.0.1:${port}/socket/websocket?vsn=2.0.0&a=1`,
      userAgent: 'tester/1',
      serializer: 'v2',
      transport: 'websocket',
      xHeaders: { 'x-tenant': 'acme' },
      traceContext: { traceparent: headers.traceparent, tracestate: 'a=b' },
    });
    const { uri, xHeaders } = await infoOf(plain, headers);
    expect(uri).toMatch(/^ws:/);
    expect(xHeaders).toEqual({ 'x-tenant': 'acme', 'x-secret': 'of another proxy', 'x-forwarded-proto': 'https' });
  });

  it('HTTP handlers see the URL that the client used', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    expect(await (await fetch(`${trusting.url}/url`, { headers })).json()).toEqual({ url: `https://127.0.0.1:${trusting.port}/url` });
    expect(await (await fetch(`${plain.url}/url`, { headers })).json()).toEqual({ url: `${plain.url}/url` });
  });

  it('the PROXY protocol tells whose connection it is: each address has a bucket of its own', async () => {
    const poll = '/socket/longpoll?vsn=2.0.0';
    expect(await rawGet(proxied.port, v4('192.0.2.1'), poll)).toContain('"status":410');
    expect(await rawGet(proxied.port, v4('192.0.2.1'), poll)).toContain('"status":500');
    expect(await rawGet(proxied.port, v4('192.0.2.2'), poll)).toContain('"status":410');
    const v6 = Buffer.alloc(36);
    Buffer.from('20010db8000000010000000000000001', 'hex').copy(v6);
    const header = Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x21, 0, 36]), v6]);
    expect(await rawGet(proxied.port, header, poll)).toContain('"status":410');
    expect(await rawGet(proxied.port, header, poll)).toContain('"status":500');
    // A proxy of the outermost proxy's network may add more.
    expect(await rawGet(proxied.port, v4('127.1.1.1'), poll, ['x-forwarded-for: 192.0.2.3'])).toContain('"status":410');
    expect(await rawGet(proxied.port, v4('192.0.2.3'), poll)).toContain('"status":500');
    // Without a header the connection is the proxy's own: a health check.
    expect(await (await fetch(`${proxied.url}/url`)).json()).toEqual({ url: `${proxied.url}/url` });
  });

  it('nobody else is believed a PROXY header', async () => {
    const text = await rawGet(plain.port, v4('192.0.2.1'), '/url');
    expect(text === '' || text.startsWith('HTTP/1.1 400') || text.includes('"url"')).toBe(true);
    expect(await infoOf(plain, {})).toMatchObject({ peer: '127.0.0.1' });
  });
});
