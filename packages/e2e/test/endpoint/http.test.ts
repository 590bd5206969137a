import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servers, TestEndpoint } from './endpoint.js';
import { request } from './http-request.js';

const script = 'console.log("hello");\n'.repeat(200);

describe.each(servers)('HTTP, $adapter, schedulers: $schedulers', (options) => {
  let folder: TempFolder;
  let server: TestEndpoint;
  let plain: TestEndpoint;
  beforeAll(async () => {
    folder = tempFolder('static');
    writeFileSync(join(folder.path, 'app.js'), script);
    writeFileSync(join(folder.path, 'small.txt'), 'small');
    writeFileSync(join(folder.path, 'picture.png'), Buffer.alloc(5000, 7));
    writeFileSync(join(folder.path, '.secret'), 'hidden');
    [server, plain] = await Promise.all([
      TestEndpoint.start(options, { endpoint: { static: folder.path } }),
      TestEndpoint.start(options, { endpoint: { static: folder.path, httpCompression: false } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([server.stop(), plain.stop()]);
    folder.remove();
  });

  it('a file with its ETag: a second request is answered with 304', async () => {
    const first = await request(`${server.url}/app.js`);
    expect(first.status).toBe(200);
    expect(first.headers['content-type']).toMatch(/^(text|application)\/javascript; charset=utf-8$/);
    expect(first.body.toString()).toBe(script);
    const { etag, 'last-modified': modified } = first.headers;
    expect(etag).toMatch(/^(W\/)?".+"$/);
    const again = await request(`${server.url}/app.js`, { 'if-none-match': String(etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await request(`${server.url}/app.js`, { 'if-none-match': '"other"' })).status).toBe(200);
    expect((await request(`${server.url}/app.js`, { 'if-modified-since': String(modified) })).status).toBe(304);
  });

  it('parts of a file, never compressed', async () => {
    const part = await request(`${server.url}/app.js`, { range: 'bytes=8-11', 'accept-encoding': 'gzip' });
    expect(part.status).toBe(206);
    expect(part.body.toString()).toBe('log(');
    expect(part.headers).toMatchObject({ 'content-range': `bytes 8-11/${script.length}` });
    expect(part.headers['content-encoding']).toBeUndefined();
    const beyond = await request(`${server.url}/app.js`, { range: 'bytes=999999-' });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${script.length}`]);
    expect((await request(`${server.url}/app.js`, { 'if-match': '"other"' })).status).toBe(412);
    const suffix = await request(`${server.url}/app.js`, { range: 'bytes=-3' });
    expect(suffix.body.toString()).toBe(script.slice(-3));
  });

  it.each([
    ['br', 'gzip;q=0.5, br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
  ])('a file as %s for whom accepts %s', async (encoding, accepts, decompress) => {
    const { headers, body } = await request(`${server.url}/app.js`, { 'accept-encoding': accepts });
    expect(headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept-encoding' });
    expect(body.length).toBeLessThan(script.length / 4);
    expect(decompress(body).toString()).toBe(script);
    expect(headers.etag).toMatch(/^W\//);
    const again = await request(`${server.url}/app.js`, { 'accept-encoding': accepts, 'if-none-match': String(headers.etag) });
    expect(again.status).toBe(304);
  });

  it('nothing else is compressed: not for others, not small ones, not pictures, not when it is off', async () => {
    const gzip = { 'accept-encoding': 'gzip, br' };
    const encodings = await Promise.all([
      request(`${server.url}/app.js`),
      request(`${server.url}/app.js`, { 'accept-encoding': 'identity, gzip;q=0' }),
      request(`${server.url}/small.txt`, gzip),
      request(`${server.url}/picture.png`, gzip),
      request(`${server.url}/image`, gzip),
      request(`${plain.url}/app.js`, gzip),
      request(`${plain.url}/large`, gzip),
    ]);
    expect(encodings.map(({ headers, status }) => [status, headers['content-encoding']])).toEqual(Array(7).fill([200, undefined]));
    // Caches have to know that there is another form.
    expect(encodings[0]?.headers.vary).toBe('accept-encoding');
    expect(encodings[3]?.headers.vary).toBeUndefined();
  });

  it("the handler's answers are compressed too, their ETags become weak", async () => {
    const { headers, body } = await request(`${server.url}/large`, { 'accept-encoding': 'gzip' });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', etag: 'W/"large"' });
    expect(gunzipSync(body).toString()).toBe('abc '.repeat(1000));
    const asIs = await request(`${server.url}/large`);
    expect(asIs.headers.etag).toBe('"large"');
    expect(asIs.body.length).toBe(4000);
  });

  it('HEAD has the headers and no body; hidden files and those outside are not there', async () => {
    const head = await request(`${server.url}/picture.png`, {}, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    for (const path of ['/.secret', '/../package.json', '/%2e%2e/package.json', '/nothing']) {
      expect((await request(`${server.url}${path}`)).status).toBe(404);
    }
  });
});
