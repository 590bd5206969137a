import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { startPush } from '../push/endpoint.js';
import { RawClient } from '../raw-client.js';
import { type Certificate, makeCertificate } from './certificate.js';
import type { TestEndpoint } from './endpoint.js';

const KEY = 'a-key-of-the-test-0123456789';

describe.each([{ schedulers: 1 }, { schedulers: 0 }])('HTTP/2 over TLS, adapter: node, schedulers: $schedulers', ({ schedulers }) => {
  let certificate: Certificate;
  let server: TestEndpoint;
  let session: ClientHttp2Session;
  let ca: Buffer;
  beforeAll(async () => {
    certificate = makeCertificate();
    const { certFile, keyFile } = certificate;
    ca = readFileSync(certFile);
    const publish = { keys: [{ name: 'test', key: KEY, topics: ['*'] }] };
    server = await startPush({ adapter: 'node', schedulers }, { endpoint: { tls: { certFile, keyFile }, publish } });
    session = connect(`https://localhost:${server.port}`, { ca });
  });
  afterAll(async () => {
    // With the session open: a server that waited for it would not end.
    await server.stop();
    session.destroy();
    certificate.folder.remove();
  });

  function ask(headers: { readonly [name: string]: string }, body?: string): ClientHttp2Stream {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    return stream.setEncoding('utf8');
  }
  const statusOf = (stream: ClientHttp2Stream): Promise<number> =>
    new Promise((resolve, reject) =>
      stream.once('response', (headers) => resolve(Number(headers[constants.HTTP2_HEADER_STATUS]))).once('error', reject),
    );
  function until(stream: ClientHttp2Stream, wanted: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const read = (piece: string): void => {
        text += piece;
        if (text.includes(wanted)) resolve(text);
      };
      stream.on('data', read).once('end', () => reject(new Error(`the stream has ended after: ${text}`)));
    });
  }
  const publish = (n: number): ClientHttp2Stream =>
    ask(
      { ':method': 'POST', ':path': '/api/publish', authorization: `Bearer ${KEY}` },
      JSON.stringify({ topic: 'plain:h2', event: 'number', payload: { n } }),
    );

  it('requests, bodies and server-sent events share one connection; WebSockets come by HTTP/1.1', async () => {
    const events = ask({ ':path': '/sse?topics=plain:h2', origin: `https://localhost:${server.port}` });
    expect(await statusOf(events)).toBe(200);
    await until(events, '"status":"joined"');
    const client = await RawClient.over(() => new WebSocket(`wss://localhost:${server.port}/socket/websocket?vsn=2.0.0`, { ca }));
    await client.join('plain:h2');
    const heard = until(events, '"n":7');
    const published = publish(7);
    expect(await statusOf(published)).toBe(200);
    expect(JSON.parse(await until(published, '}'))).toEqual({ published: 1, repeated: 0 });
    await heard;
    await client.next(([, , , event, payload]) => event === 'number' && payload.n === 7);
    client.close();
    events.close();
  });

  it('says 404, and refuses another origin by the name in :authority', async () => {
    expect(await statusOf(ask({ ':path': '/nothing' }))).toBe(404);
    expect(await statusOf(ask({ ':path': '/sse?topics=plain:h2', origin: 'https://elsewhere.example' }))).toBe(403);
  });

  it('goes on after a client that went away within its body, and within a stream', async () => {
    const half = session.request({ ':method': 'POST', ':path': '/api/publish', authorization: `Bearer ${KEY}` });
    half.write('{ "topic"');
    const events = ask({ ':path': '/sse?topics=plain:h2' });
    await until(events, '"status":"joined"');
    half.close(constants.NGHTTP2_CANCEL);
    events.close(constants.NGHTTP2_CANCEL);
    expect(await statusOf(publish(8))).toBe(200);
  });
});
