import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';
import { SlowClient } from './slow-client.js';

const LIMIT = 400_000;

interface Slowness {
  readonly slow: number[];
  readonly bufferedBytes: number;
  readonly poured: number;
}
const SOON = { timeout: 15_000, interval: 20 };

describe.each(servers)('clients that do not read, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  let observer: RawClient;
  beforeAll(async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: false, maxBufferedBytes: LIMIT } });
    observer = await RawClient.connect(server.port);
  });
  afterAll(async () => {
    observer.close();
    await server.stop();
  });

  const closed = async (): Promise<number> => (await server.counters()).slowReadersClosed as number;

  // The client asks for what it then does not read; the kernels' buffers take some megabytes.
  it('are closed with 1013 when pushes wait for them, and their channels stop', async () => {
    const before = await closed();
    const from = server.child.output.length;
    const client = await SlowClient.join(server.port, 'room:pour');
    client.send(['1', '2', 'room:pour', 'pour', { count: 400, size: 60_000 }]);
    await expect.poll(closed, SOON).toBe(before + 1);
    await server.child.waitFor(/terminated room:pour/, { from });
    await server.child.waitFor(/closed a connection of 127\.0\.0\.1 to \/socket: more than 400000 bytes waited to be read/, { from });
    expect(await client.closeCode()).toBe(1013);
    expect(client.frames().length).toBeLessThan(400);
  });

  it('are closed when broadcasts wait for them; those who read notice nothing', async () => {
    const before = await closed();
    const client = await SlowClient.join(server.port, 'room:all');
    await observer.join('room:all');
    for (let i = 0; i < 400 && (await closed()) === before; i++) {
      const seen = observer.frames.length;
      expect((await observer.push('room:all', 'pourAll', { count: 2, size: 60_000 }, null)).status).toBe('ok');
      expect(observer.frames.slice(seen).filter((frame) => frame[3] === 'drop')).toHaveLength(2);
    }
    await expect.poll(closed, SOON).toBe(before + 1);
    expect([1013, 1006]).toContain(await client.closeCode());
    expect((await observer.push('room:all', 'echo', { still: 'here' }, null)).response).toEqual({ still: 'here' });
    observer.frames.length = 0;
  });

  it('are told about to their channels before that, and again when they have read', async () => {
    const client = await SlowClient.join(server.port, 'room:warned');
    await observer.join('room:observer');
    const look = async () => (await observer.push('room:observer', 'slowness', { topic: 'room:warned' }, null)).response as Slowness;
    expect(await look()).toEqual({ slow: [], bufferedBytes: 0, poured: 0 });
    let poured = 0;
    for (let times = 1; times <= 2; times++) {
      let seen = await look();
      for (let i = 0; i < 1000 && seen.slow.length < times; i++) {
        client.send(['1', `${i}`, 'room:warned', 'pour', { count: 1, size: 30_000 }]);
        poured++;
        await expect.poll(async () => (seen = await look()).poured, { timeout: 15_000, interval: 1 }).toBe(poured);
      }
      expect(seen.slow).toHaveLength(times);
      expect(seen.slow.at(-1)).toBeGreaterThanOrEqual(LIMIT / 4);
      expect(seen.bufferedBytes).toBeGreaterThanOrEqual(LIMIT / 4);
      expect(seen.bufferedBytes).toBeLessThanOrEqual(LIMIT + 30_100); // the frame that is on its way over the limit
      client.socket.resume();
      await expect.poll(async () => (await look()).bufferedBytes, SOON).toBe(0);
      client.socket.pause();
    }
    client.socket.destroy();
  });
});
