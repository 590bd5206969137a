import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

/** Status of `GET /ready` over a connection that is kept open. */
function ready(port: number, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/ready', agent }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}

describe.each(servers)('a node that stops, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint | undefined;
  afterEach(async () => {
    await server?.child.kill();
    server = undefined;
  });

  it('says that it is not ready, tells its clients in batches with 1012, then stops the channels', async () => {
    const drainer = { readinessMs: 3000, batchSize: 2, batchIntervalMs: 700 };
    server = await TestEndpoint.start(options, { endpoint: { readiness: '/ready', drainer, limits: false } });
    const { port, child } = server;
    const clients: RawClient[] = [];
    for (let i = 0; i < 5; i++) {
      const client = await RawClient.connect(port);
      await client.join(`room:drain-${i}`);
      clients.push(client);
    }
    const closed: number[] = [];
    const ends = clients.map(({ socket }) => once(socket, 'close').then(([code]) => closed.push(code as number)));
    const agent = new Agent({ keepAlive: true });
    expect(await ready(port, agent)).toBe(200);

    child.signal('SIGTERM');
    await child.waitFor(/^stopping$/m);
    expect(await ready(port, agent)).toBe(503);
    const refused = (await fetch(`${server.url}/socket/longpoll?vsn=2.0.0`)).json();
    expect(await refused).toEqual({ status: 500 });
    // Those that are here are still served.
    expect((await (clients[4] as RawClient).push('room:drain-4', 'echo', { still: 'here' }, null)).status).toBe('ok');
    expect(closed).toEqual([]);

    expect(await child.exited).toEqual({ code: 0, signal: null });
    agent.destroy();
    await Promise.all(ends);
    expect(closed).toEqual([1012, 1012, 1012, 1012, 1012]);
    // Two, then after 700 ms two more, then the last.
    const batches = [...child.output.matchAll(/^drain (.*)$/gm)].map(([, text = '']) => JSON.parse(text) as { at: number });
    expect(batches).toMatchObject([
      { count: 2, total: 5, index: 1, rounds: 3, interval: 700 },
      { count: 2, total: 5, index: 2, rounds: 3, interval: 700 },
      { count: 1, total: 5, index: 3, rounds: 3, interval: 700 },
    ]);
    const [first, second, third] = batches.map(({ at }) => at) as [number, number, number];
    expect(second - first).toBeGreaterThan(350);
    expect(third - second).toBeGreaterThan(350);
    for (let i = 0; i < 5; i++) expect(child.output).toContain(`terminated room:drain-${i}`);
  });

  it('does not wait for batches past the deadline', async () => {
    const drainer = { batchSize: 1, batchIntervalMs: 60_000, deadlineMs: 0 };
    server = await TestEndpoint.start(options, { endpoint: { drainer } });
    const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(server?.port as number)));
    const gone = clients.map((client) => once(client.socket, 'close'));
    server.child.signal('SIGTERM');
    expect((await Promise.all(gone)).map(([code]) => code)).toEqual([1012, 1012, 1012, 1012]);
    expect(await server.child.exited).toEqual({ code: 0, signal: null });
  });

  it("waits for a channel's terminate as long as the channel's options say, and not longer", async () => {
    server = await TestEndpoint.start(options, { endpoint: { drainer: { deadlineMs: 500 } } });
    const client = await RawClient.connect(server.port);
    await client.join('room:lingers');
    await client.join('room:quick');
    server.child.signal('SIGTERM');
    expect(await server.child.exited).toEqual({ code: 0, signal: null });
    expect(server.child.output).toContain('terminated room:quick');
    expect(server.child.output).not.toContain('terminated room:lingers');
  });
});
