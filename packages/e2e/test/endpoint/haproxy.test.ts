import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { freePort, type HaProxy, root, startHaProxy, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Dice } from '../fuzz/dice.js';
import { message, ServerFrames } from '../fuzz/wire.js';
import { RawClient } from '../raw-client.js';
import { TestEndpoint } from './endpoint.js';

/** The PROXY protocol's version 1 is for the node adapter alone. */
const servers = [
  { adapter: 'uws', schedulers: 1, modes: ['tcp2', 'http'] },
  { adapter: 'node', schedulers: 0, modes: ['tcp1', 'tcp2', 'http'] },
] as const;
const names = ['tcp1', 'tcp2', 'http', 'h2'] as const;
type Name = (typeof names)[number];

/** The client's address as each way of passing it on tells it; the clients of a test all come from there. */
const CLIENT = '127.0.0.1';

function certificate(folder: TempFolder): string {
  const [cert, key] = [`${folder.path}/cert.pem`, `${folder.path}/key.pem`];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
  execFileSync('openssl', args, { stdio: 'ignore' });
  writeFileSync(`${folder.path}/both.pem`, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  return `${folder.path}/both.pem`;
}

describe.each(servers)('behind HAProxy, $adapter, schedulers: $schedulers', ({ modes, ...options }) => {
  const folder = tempFolder('haproxy-test');
  const ports = {} as { [name in Name]: number };
  let viaHeader: TestEndpoint;
  let viaProtocol: TestEndpoint;
  let proxy: HaProxy | undefined;

  beforeAll(async () => {
    const endpoint = { trustedProxies: ['127.0.0.2/32', CLIENT], limits: false, static: `${root}/packages/server/test/fixtures/public` };
    [viaHeader, viaProtocol] = await Promise.all([
      TestEndpoint.start(options, { endpoint }),
      TestEndpoint.start(options, { endpoint: { ...endpoint, proxyProtocol: true } }),
    ]);
    for (const name of names) ports[name] = await freePort();
    const section = (name: Name, mode: string, to: TestEndpoint, bind: string, server: string): string =>
      `listen ${name}\n  mode ${mode}\n  ${mode === 'http' ? 'option forwardfor\n  ' : ''}bind 127.0.0.1:${ports[name]}${bind}\n` +
      `  server s 127.0.0.1:${to.port} source 127.0.0.2 ${server}\n`;
    proxy = await startHaProxy(
      section('tcp1', 'tcp', viaProtocol, '', 'send-proxy') +
        section('tcp2', 'tcp', viaProtocol, '', 'send-proxy-v2') +
        section('http', 'http', viaHeader, '', '') +
        section('h2', 'http', viaHeader, ` ssl crt ${certificate(folder)} alpn h2,http/1.1`, ''),
      Object.values(ports),
    );
  }, 600_000);

  afterAll(async () => {
    await proxy?.stop();
    await Promise.all([viaHeader.stop(), viaProtocol.stop()]);
    folder.remove();
  });

  it.each(modes)('%s: WebSocket, long-poll, static file; the client is known', async (mode) => {
    const origin = `http://127.0.0.1:${ports[mode]}`;
    const client = await RawClient.connect(ports[mode]);
    await client.join('room:1');
    expect((await client.push('room:1', 'echo', { through: mode })).response).toEqual({ through: mode });
    expect((await client.push('room:1', 'info')).response).toMatchObject({ peer: CLIENT, transport: 'websocket' });
    client.close();
    const opened = (await (await fetch(`${origin}/socket/longpoll?vsn=2.0.0`)).json()) as { status: number; token: string };
    expect(opened.status).toBe(410);
    const session = `${origin}/socket/longpoll?vsn=2.0.0&token=${opened.token}`;
    const body = '["1","1","room:2","phx_join",{}]\n["1","2","room:2","info",{}]';
    const posted = await fetch(session, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
    expect(await posted.json()).toEqual({ status: 200 });
    const polled = (await (await fetch(session)).json()) as { messages: string[] };
    expect(JSON.parse(polled.messages[1] as string)).toMatchObject(['1', '2', 'room:2', 'phx_reply', { response: { peer: CLIENT } }]);
    expect(await (await fetch(`${origin}/hello.txt`)).text()).toBe(
      readFileSync(`${root}/packages/server/test/fixtures/public/hello.txt`, 'utf8'),
    );
  });

  it('HTTP/2 in front: long-poll, static file, and a WebSocket as a stream of the same connection', async () => {
    const session = connect(`https://localhost:${ports.h2}`, {
      rejectUnauthorized: false,
      lookup: (_host, _options, done) => done(null, [{ address: CLIENT, family: 4 }] as never, 4),
    });
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    expect(await get(session, '/hello.txt')).toBe(readFileSync(`${root}/packages/server/test/fixtures/public/hello.txt`, 'utf8'));
    expect(JSON.parse(await get(session, '/socket/longpoll?vsn=2.0.0'))).toMatchObject({ status: 410 });
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
    const { HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH, HTTP2_HEADER_STATUS } = constants;
    const stream = session.request(
      {
        [HTTP2_HEADER_METHOD]: 'CONNECT',
        ':protocol': 'websocket',
        [HTTP2_HEADER_PATH]: '/socket/websocket?vsn=2.0.0',
        'sec-websocket-version': '13',
      },
      { endStream: false },
    );
    const status = await new Promise((resolve) => stream.once('response', (headers) => resolve(headers[HTTP2_HEADER_STATUS])));
    expect(status).toBe(200);
    const frames = new ServerFrames();
    const answer = new Promise<unknown>((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        for (const { payload } of frames.take(chunk)) resolve(JSON.parse(payload.toString()));
      });
    });
    stream.write(message(new Dice(1), false, Buffer.from('[null,"1","phoenix","heartbeat",{}]')));
    expect(await answer).toEqual([null, '1', 'phoenix', 'phx_reply', { response: {}, status: 'ok' }]);
    stream.close();
    session.close();
    // A client without HTTP/2 gets the older one at the same port.
    const client = await RawClient.over(
      () => new WebSocket(`wss://127.0.0.1:${ports.h2}/socket/websocket?vsn=2.0.0`, { rejectUnauthorized: false }),
    );
    await client.alive();
    client.close();
  });
});

function get(session: ClientHttp2Session, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ [constants.HTTP2_HEADER_PATH]: path });
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('end', () => resolve(text)).on('error', reject);
  });
}
