import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../raw-client.js';
import { type Certificate, makeCertificate } from './certificate.js';
import { servers, TestEndpoint } from './endpoint.js';

const SOCKET = '/socket/websocket?vsn=2.0.0';

interface Refusal {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** `open`, or how the handshake was refused. */
function handshake(url: string, headers: { [name: string]: string } = {}): Promise<'open' | Refusal> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => {});
    socket.on('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], body }));
    });
  });
}

const EMPTY_403 = { status: 403, retryAfter: undefined, body: '' };

describe.each(servers)('endpoint options, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  const start = async (settings: object): Promise<TestEndpoint> => {
    server = await TestEndpoint.start(options, settings);
    return server;
  };

  it('checkOrigin: a function on a scheduler decides, at once or later', async () => {
    const { port, url } = await start({ originFunction: true });
    const from = (origin: string) => handshake(`ws://127.0.0.1:${port}${SOCKET}`, { origin });
    expect(await from('https://good.example')).toBe('open');
    expect(await from('https://good.example:1234')).toBe('open');
    expect(await from('https://bad.example')).toEqual(EMPTY_403);
    expect(await from('https://bad.example:1234')).toEqual(EMPTY_403);
    expect(await from('null')).toEqual(EMPTY_403);
    expect(await from('https://crash.example')).toMatchObject({ status: 500 });
    expect(await handshake(`ws://127.0.0.1:${port}${SOCKET}`)).toBe('open');
    expect(await handshake(`ws://127.0.0.1:${port}/other/websocket?vsn=2.0.0`, { origin: 'https://good.example' })).toEqual(EMPTY_403);
    const poll = async (origin: string) => (await fetch(`${url}/socket/longpoll?vsn=2.0.0`, { headers: { origin } })).json();
    expect(await poll('https://good.example')).toMatchObject({ status: 410 });
    expect(await poll('https://bad.example')).toEqual({ status: 403 });
    expect((await server?.counters())?.originsRefused).toBe(5);
  });

  it('checkOrigin: a list of hosts, with all below one', async () => {
    const { port } = await start({ endpoint: { checkOrigin: ['https://example.com', '//*.example.org', '//only.example.net:8080'] } });
    const from = (origin: string) => handshake(`ws://127.0.0.1:${port}${SOCKET}`, { origin });
    expect(await from('https://example.com')).toBe('open');
    expect(await from('http://example.com')).toEqual(EMPTY_403);
    expect(await from('http://a.b.example.org:99')).toBe('open');
    expect(await from('http://example.org.evil.com')).toEqual(EMPTY_403);
    expect(await from('http://only.example.net:8080')).toBe('open');
    expect(await from('http://only.example.net')).toEqual(EMPTY_403);
  });

  it('errorHandler makes the answer for whom connect refuses; without one it is an empty 403', async () => {
    const { port, url } = await start({ errorHandler: true });
    const refused = await handshake(`ws://127.0.0.1:${port}${SOCKET}&refuse=yes`);
    expect(refused).toEqual({ status: 429, retryAfter: '7', body: '{"reason":"refused","wait":7}' });
    expect(await handshake(`ws://127.0.0.1:${port}/other/websocket?vsn=2.0.0&refuse=yes`)).toEqual(EMPTY_403);
    expect(await handshake(`ws://127.0.0.1:${port}${SOCKET}&refuse=crash`)).toMatchObject({ status: 500, body: '' });
    const polled = await fetch(`${url}/other/longpoll?vsn=2.0.0&refuse=yes`);
    expect([polled.status, await polled.json()]).toEqual([200, { status: 403 }]);
    expect((await server?.counters())?.connectsRefused).toBe(3);
  });

  it('path: everything is below it; two sockets live side by side', async () => {
    const { port, url } = await start({ endpoint: { path: '/deep/app/', readiness: '/ready' } });
    const [one, two] = await Promise.all([
      RawClient.connect(port, `/deep/app${SOCKET}&user=ann`),
      RawClient.connect(port, '/deep/app/other/websocket?vsn=2.0.0'),
    ]);
    await one.join('room:1');
    await two.join('room:1');
    expect((await one.push('room:1', 'socket')).response).toEqual({ bufferedBytes: 0, id: 'user:ann', transport: 'websocket' });
    // The second socket takes one topic only.
    expect((await two.push('room:2', 'phx_join')).response).toEqual({ reason: 'too many channels joined' });
    await one.join('room:2');
    expect(await handshake(`ws://127.0.0.1:${port}${SOCKET}`)).toMatchObject({ status: 404 });
    expect(await (await fetch(`${url}/deep/app/ready`)).text()).toBe('ready');
    expect(await (await fetch(`${url}/deep/app/url`)).json()).toEqual({ url: `${url}/deep/app/url` });
    one.close();
    two.close();
  });

  it('compression: only for clients that offer it, only when it is on', async () => {
    const { port } = await start({ socket: { compression: true } });
    const connect = (path: string, perMessageDeflate: boolean) =>
      RawClient.over(() => new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate }));
    const [offering, plain, other] = await Promise.all([
      connect(SOCKET, true),
      connect(SOCKET, false),
      connect('/other/websocket?vsn=2.0.0', true),
    ]);
    expect([offering, plain, other].map(({ socket }) => socket.extensions.includes('permessage-deflate'))).toEqual([true, false, false]);
    const text = 'the same again and again '.repeat(400);
    const received = async (client: RawClient): Promise<number> => {
      const { _socket: tcp } = client.socket as unknown as { _socket: { bytesRead: number } };
      await client.join('room:1');
      const before = tcp.bytesRead;
      expect((await client.push('room:1', 'echo', { text })).response).toEqual({ text });
      return tcp.bytesRead - before;
    };
    expect(await received(offering)).toBeLessThan(text.length / 4);
    expect(await received(plain)).toBeGreaterThan(text.length);
    await other.join('room:1');
    plain.send(JSON.stringify([null, 'shout', 'room:1', 'shout', { text }]));
    for (const client of [offering, plain, other]) {
      expect((await client.next((frame) => frame[3] === 'shouted'))[4]).toEqual({ text });
      client.close();
    }
  });
});

describe.each(servers)('TLS, $adapter, schedulers: $schedulers', (options) => {
  let certificate: Certificate;
  let server: TestEndpoint;
  beforeAll(async () => {
    certificate = makeCertificate('open sesame');
    const { certFile, keyFile } = certificate;
    server = await TestEndpoint.start(options, { endpoint: { tls: { certFile, keyFile, passphrase: 'open sesame' } } });
  });
  afterAll(async () => {
    await server.stop();
    certificate.folder.remove();
  });

  it('WebSockets and HTTP are served encrypted, the passphrase is printed nowhere', async () => {
    const ca = readFileSync(certificate.certFile);
    const client = await RawClient.over(() => new WebSocket(`wss://localhost:${server.port}${SOCKET}`, { ca }));
    await client.join('room:1');
    const { response } = await client.push('room:1', 'info');
    expect(response).toMatchObject({ uri: `wss://localhost:${server.port}${SOCKET}`, peer: '127.0.0.1' });
    client.close();
    const body = await new Promise<string>((resolve, reject) => {
      get(`https://localhost:${server.port}/url`, { ca, agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
      }).on('error', reject);
    });
    expect(JSON.parse(body)).toEqual({ url: `https://localhost:${server.port}/url` });
    await expect(fetch(`${server.url}/url`)).rejects.toThrow();
    expect(server.child.output).not.toContain('sesame');
  });
});

describe.each(servers.filter(({ adapter }) => adapter === 'node'))(
  'certificates of clients, $adapter, schedulers: $schedulers',
  (options) => {
    const [own, alice, mallory] = [makeCertificate(), makeCertificate(undefined, 'alice'), makeCertificate(undefined, 'alice')];
    const tls = { certFile: own.certFile, keyFile: own.keyFile, clientCaFile: alice.certFile };
    let server: TestEndpoint;
    beforeAll(async () => {
      server = await TestEndpoint.start(options, { endpoint: { tls } });
    });
    afterAll(async () => {
      await server.stop();
      for (const { folder } of [own, alice, mallory]) folder.remove();
    });

    const connectWith = (identity: { cert?: Buffer; key?: Buffer }) =>
      RawClient.over(() => new WebSocket(`wss://localhost:${server.port}${SOCKET}`, { ca: readFileSync(own.certFile), ...identity }));
    const identityOf = ({ certFile, keyFile }: Certificate) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });

    it('`connect` gets one that leads to a root, none if there is none, and the rest do not come so far', async () => {
      const known = await connectWith(identityOf(alice));
      await known.join('room:1');
      const { response } = await known.push('room:1', 'info');
      const { localPort } = (known.socket as unknown as { _socket: { localPort: number } })._socket;
      expect(response).toMatchObject({ peerCertificate: 'CN=alice', peer: '127.0.0.1', peerPort: localPort });
      const unknown = await connectWith({});
      await unknown.join('room:1');
      expect((await unknown.push('room:1', 'info')).response).not.toHaveProperty('peerCertificate');
      await expect(connectWith(identityOf(mallory))).rejects.toThrow();
      known.close();
      unknown.close();
    });

    it('are not to be had from uWebSockets.js, which says so', async () => {
      await expect(TestEndpoint.start({ ...options, adapter: 'uws' }, { endpoint: { tls } })).rejects.toThrow(
        "adapter 'uws' cannot be used: it does not tell the certificates of clients (tls.clientCaFile)",
      );
    });
  },
);
