import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type AnyBuild, builds, firstBuilds, load, ports } from './builds.js';
import { type ConformanceServer, servers, startConformance } from './conformance-server.js';
import { TcpProxy } from './tcp-proxy.js';
import { REJECTED, TOUR, tour } from './tour.js';

describe.each(servers)('official clients of ten years, $adapter, schedulers: $schedulers', (options) => {
  let server: ConformanceServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startConformance(options);
    proxy = await TcpProxy.start(server.port);
  });
  afterAll(async () => {
    await proxy?.stop();
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  const all: readonly AnyBuild[] = [...builds, ...firstBuilds, ...ports];
  it.each(all)('%s over a WebSocket', async (build) => {
    const phoenix = await load(build);
    const seen = await tour(phoenix, {
      host: proxy.host,
      transport: 'websocket',
      WebSocket,
      run: randomUUID(),
      cut: () => proxy.cut(),
      mend: () => proxy.mend(),
    });
    const { presence, ...others } = TOUR;
    expect(seen).toEqual({ ...others, ...(phoenix.Presence === undefined ? {} : { presence }), ...REJECTED });
  });

  // Older ones poll with XMLHttpRequest, which Node does not have: see the browser's test.
  it('the newest by long-polling', async () => {
    const seen = await tour(await load('phoenix'), {
      host: proxy.host,
      transport: 'longpoll',
      run: randomUUID(),
      cut: () => proxy.cut(),
      mend: () => proxy.mend(),
    });
    expect(seen).toEqual({ ...TOUR, ...REJECTED });
  });
});
