import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { type NatsServer, oldNatsServer, startNats, tempFolder } from '@rekindle/e2e';
import { afterEach, describe, expect, it } from 'vitest';

const FETCHED_MS = 300_000; // the first time, over a slow line

interface Info {
  readonly port: number;
  readonly version: string;
  readonly jetstream?: boolean;
}

/** `T` for a process that stands still. */
function stateOf(pid: number): string | undefined {
  return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

async function info(port: number): Promise<Info> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  const [line] = (await once(socket, 'data')) as [string];
  socket.destroy();
  expect(line).toMatch(/^INFO \{/);
  return JSON.parse(line.slice(5)) as Info;
}

describe('startNats', () => {
  let server: NatsServer | undefined;

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('gives a server that greets with its version', { timeout: FETCHED_MS }, async () => {
    server = await startNats();
    expect(await info(server.port)).toMatchObject({ port: server.port, version: '2.10.27' });
  });

  it('also knows the version of Debian 12', { timeout: FETCHED_MS }, async () => {
    server = await startNats({ program: oldNatsServer });
    expect(await info(server.port)).toMatchObject({ version: '2.9.10' });
  });

  it('comes back on the same port after a crash', async () => {
    server = await startNats();
    const { pid, port } = server;
    await server.kill();
    await expect(info(port)).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect(await info(port)).toMatchObject({ port });
  });

  it('stands still between stop and cont', async () => {
    server = await startNats();
    const { pid } = server;
    server.stop();
    await expect.poll(() => stateOf(pid)).toBe('T'); // a signal takes effect a moment after it was sent
    const answer = info(server.port); // the system accepts for a stopped server, and nobody answers
    const silent = startNats().then(async (other) => {
      await other.close();
      return 'silent';
    });
    expect(await Promise.race([answer, silent])).toBe('silent');
    server.cont();
    expect(await answer).toMatchObject({ port: server.port });
  });

  it('passes on its configuration and the JetStream folder', async () => {
    const folder = tempFolder('jetstream');
    server = await startNats({ jetstreamDir: folder.path, config: 'max_payload: 4096' });
    expect(await info(server.port)).toMatchObject({ jetstream: true, max_payload: 4096 });
    await server.close();
    folder.remove();
  });
});
