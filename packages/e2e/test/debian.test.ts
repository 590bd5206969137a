import { once } from 'node:events';
import { connect } from 'node:net';
import { cache, debianProgram, freePort, haproxy, natsServer, redisServer, start } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';

const FETCHED_MS = 300_000;

describe('debianProgram', { timeout: FETCHED_MS }, () => {
  it('unpacks haproxy with the libraries it needs', async () => {
    const child = await start(await debianProgram(haproxy), ['-v'], { ready: /^HAProxy version \d/m });
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('unpacks a redis that answers', async () => {
    const port = await freePort();
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
    const redis = await start(await debianProgram(redisServer), args, { ready: /Ready to accept connections/ });
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    socket.write('PING\r\n');
    expect(await once(socket, 'data')).toEqual(['+PONG\r\n']);
    socket.destroy();
    expect(await redis.kill()).toEqual({ code: 0, signal: null });
  });

  it('fetches once for callers at the same time', async () => {
    const paths = await Promise.all([1, 2, 3].map(() => debianProgram(natsServer)));
    expect(new Set(paths)).toEqual(new Set([`${cache}/debian/nats-server-2.10.27/bin/nats-server`]));
  });

  it('says in one sentence what could not be had', async () => {
    const nothing = debianProgram({ ...natsServer, version: '0.0.1' });
    await expect(nothing).rejects.toThrow(/^The packages nats-server 0\.0\.1 of Debian trixie could not be fetched: .*0\.0\.1.*$/);
  });
});
