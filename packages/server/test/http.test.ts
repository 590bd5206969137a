import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everywhere, Server, withThreads } from './support/server.js';

everywhere('HTTP, ADAPTER=$adapter SCHEDULERS=$schedulers', (options) => {
  const onThreads = withThreads(options);
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(options);
  });
  afterAll(async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  if (options.adapter === 'node')
    it('leaves connections that rest to those who use them, as proxies do for 60 s', async () => {
      const { headers } = await server.fetch('/hello.txt');
      expect(headers.get('keep-alive')).toBe('timeout=75');
    });

  describe('a static file', () => {
    it('comes with its type, length and validators', async () => {
      const response = await server.fetch('/hello.txt');
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('hello static\n');
      const { headers } = response;
      expect(headers.get('content-type')).toMatch(/^text\/plain/);
      expect(headers.get('etag')).toMatch(/^(W\/)?".+"$/);
      expect(headers.get('last-modified')).toMatch(/GMT$/);
    });

    it('is not sent again to a client that has it', async () => {
      const { headers } = await server.fetch('/hello.txt');
      // `fetch` would add `cache-control: no-cache`.
      for (const condition of [`If-None-Match: ${headers.get('etag')}`, `If-Modified-Since: ${headers.get('last-modified')}`]) {
        const { status, text } = await server.get('/hello.txt', [condition]);
        expect(status).toBe(304);
        expect(text).not.toContain('hello static');
      }
      const other = await server.get('/hello.txt', ['If-None-Match: "other"']);
      expect(other.status).toBe(200);
      expect(other.text).toContain('hello static');
      expect((await server.get('/hello.txt', ['If-Match: "other"'])).status).toBe(412);
    });

    it.each([
      ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
      ['bytes=7-', 206, '789', 'bytes 7-9/10'],
      ['bytes=-2', 206, '89', 'bytes 8-9/10'],
      ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
      ['bytes=10-', 416, null, 'bytes */10'],
      ['lines=1-2', 200, '0123456789', null],
    ])('in part: %s', async (range, status, text, contentRange) => {
      const response = await server.fetch('/sub/digits.txt', { headers: { range } });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-range')).toBe(contentRange);
      const body = await response.text();
      if (text !== null) expect(body).toBe(text);
    });

    it('answers HEAD with its headers alone', async () => {
      const response = await server.fetch('/hello.txt', { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
      expect(response.headers.get('etag')).toBeTruthy();
    });

    it('is the index of its folder', async () => {
      expect(await (await server.fetch('/')).text()).toContain('<title>index</title>');
    });

    it('is not what a POST asks for', async () => {
      expect((await server.fetch('/hello.txt', { method: 'POST', body: 'x' })).status).toBe(404);
    });

    it.each([
      '/../secret.txt',
      '/sub/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/%2e%2e%2fsecret.txt',
      '/..%2fsecret.txt',
      '/..%5csecret.txt',
      '/sub/..%2f..%2fsecret.txt',
      '/%252e%252e/secret.txt',
      '/....//secret.txt',
      '//secret.txt',
      '/\\..\\secret.txt',
      '/hello.txt%00.html',
      '/.env.txt',
      '/sub/%2e%2e/.env.txt',
      '/%',
      '/%zz',
      '/%ff%fe',
      `/${'x'.repeat(5000)}`,
      `/${'a/'.repeat(2000)}`,
      '//etc/passwd',
      'http://localhost/../secret.txt',
    ])('outside the folder, or hidden, does not exist: %s', async (path) => {
      const { status, text } = await server.get(path);
      expect(status === 0 || (status >= 400 && status < 500), `${status}`).toBe(true);
      expect(text).not.toMatch(/nobody may read|hidden|root:/);
    });

    it('was not harmed by any of that', async () => {
      expect((await server.get('/hello.txt')).text).toContain('hello static');
      await server.alive();
    });
  });

  describe('the application’s handler', () => {
    it('gets method, query, headers and body, and answers with all it says', async () => {
      const body = Buffer.from([0, 255, 128, 10]);
      const response = await server.fetch('/echo?a=1&b=%20', { method: 'PUT', body, headers: { 'x-custom': 'yes' } });
      expect(await response.json()).toEqual({ method: 'PUT', search: '?a=1&b=%20', custom: 'yes', body: body.toString('base64') });
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      const teapot = await server.fetch('/teapot');
      expect([teapot.status, await teapot.text(), teapot.headers.get('x-pot')]).toEqual([418, 'short and stout', 'yes']);
      const empty = await server.fetch('/empty', { method: 'DELETE' });
      expect([empty.status, await empty.text()]).toEqual([204, '']);
      expect([...new Uint8Array(await (await server.fetch('/bytes')).arrayBuffer())]).toEqual([0, 255, 10, 13]);
      expect((await server.fetch('/cookies')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      expect((await server.fetch('/no/such/page')).status).toBe(404);
    });

    it('answers HEAD without a body', async () => {
      const { status, text } = await server.raw('HEAD /teapot HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      expect(status).toBe(418);
      expect(text).toMatch(/content-length: 15/i);
      expect(text).not.toContain('short and stout');
    });

    it.each(['/socket/websocket', '/polls/longpoll'])('answers HEAD %s without a body', async (path) => {
      const { text } = await server.raw(`HEAD ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(text).toMatch(/^HTTP\/1\.1 400 (?:[^\r]|\r\n(?!\r\n))*\r\n\r\n$/);
    });

    it.each(['/throw', '/reject', '/nothing', '/error-response', '/broken-stream'])(
      'that fails is a 500 that does not say why: %s',
      async (path) => {
        const from = server.child.output.length;
        const response = await server.fetch(path);
        expect([response.status, await response.text()]).toEqual([500, 'internal server error']);
        await server.child.waitFor(/error outside of every process/, { from });
        await server.alive();
      },
    );

    it('is given a body of the largest size; a larger one is refused', async () => {
      const fits = await server.fetch('/echo', { method: 'POST', body: 'x'.repeat(20_000) });
      expect(((await fits.json()) as { body: string }).body).toHaveLength(Math.ceil(20_000 / 3) * 4);
      for (const size of [20_001, 300_000]) {
        const response = await server.fetch('/echo', { method: 'POST', body: 'x'.repeat(size) });
        expect(response.status).toBe(413);
        await response.text();
      }
      const chunks = new ReadableStream({
        start(controller) {
          for (let i = 0; i < 30; i++) controller.enqueue(new Uint8Array(1000));
          controller.close();
        },
      });
      expect((await server.fetch('/echo', { method: 'POST', body: chunks, duplex: 'half' } as RequestInit)).status).toBe(413);
      await server.alive();
    });

    it.each(['Host: a b', 'Host: ', 'Host: [', 'Host: http://x/', 'X-None: 1'])('survives a request with %s', async (host) => {
      const { status, text } = await server.raw(`GET /echo HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`);
      expect([0, 200, 400, 404, 500]).toContain(status);
      expect(text).not.toMatch(/at .*\.js/);
      await server.alive();
    });

    it('serves clients that go away in the middle', async () => {
      const requests = Array.from({ length: 20 }, async () => {
        const abort = new AbortController();
        const request = server.fetch('/echo', { method: 'POST', body: 'x'.repeat(10_000), signal: abort.signal }).then((r) => r.text());
        setImmediate(() => abort.abort());
        await request.catch(() => {});
      });
      await Promise.all(requests);
      await server.alive();
    });
  });

  describe('a path of a socket', () => {
    it('without a handshake says what it expects', async () => {
      const response = await server.fetch('/socket/websocket');
      expect([response.status, await response.text()]).toEqual([400, 'expected a WebSocket handshake']);
      expect((await server.fetch('/polls/websocket')).status).toBe(404);
      expect((await server.fetch('/socket/longpoll')).status).toBe(404);
    });
  });

  onThreads('is answered with 503 when its thread dies', async () => {
    const response = await server.fetch('/exit');
    expect([response.status, await response.text()]).toEqual([503, 'the thread that handled the request has ended']);
    await server.child.waitFor(/scheduler \d+ is gone \(7\), a new one takes over/);
    await server.served();
    await server.alive();
  });
});
