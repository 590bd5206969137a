import { randomUUID } from 'node:crypto';
import { Socket } from 'phoenix';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ConformanceServer, servers, startConformance } from './conformance-server.js';
import { TcpProxy } from './tcp-proxy.js';

describe.each(servers)('longPollFallbackMs of the official client, $adapter, schedulers: $schedulers', (options) => {
  let server: ConformanceServer;
  let proxy: TcpProxy;
  let socket: Socket | undefined;
  beforeAll(async () => {
    server = await startConformance(options);
    proxy = await TcpProxy.start(server.port);
  });
  afterEach(() => socket?.disconnect());
  afterAll(async () => {
    await proxy?.stop();
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  async function transportBehind(upgrades: TcpProxy['upgrades'], longPollFallbackMs: number): Promise<[asked: number, response: unknown]> {
    proxy.upgrades = upgrades;
    proxy.asked = 0;
    socket = new Socket(`ws://${proxy.host}/socket`, { transport: WebSocket as never, longPollFallbackMs, params: { user_id: 'ann' } });
    const channel = socket.channel(`room:${randomUUID()}`);
    socket.connect();
    await new Promise((resolve, reject) => channel.join().receive('ok', resolve).receive('error', reject));
    const response = await new Promise((resolve) => channel.push('whoami', {}).receive('ok', resolve));
    return [proxy.asked, (response as { transport: string }).transport];
  }

  it('a proxy that refuses upgrades: by long-polling', async () => {
    expect(await transportBehind('refuse', 60_000)).toEqual([1, 'longpoll']);
  });

  it('a proxy that never answers upgrades: by long-polling', async () => {
    expect(await transportBehind('stall', 200)).toEqual([1, 'longpoll']);
  });

  it('a proxy that passes them: by a WebSocket', async () => {
    expect(await transportBehind('pass', 60_000)).toEqual([1, 'websocket']);
  });
});
