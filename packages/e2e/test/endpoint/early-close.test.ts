import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConformanceServer, startConformance } from '../clients/conformance-server.js';
import { Dice } from '../fuzz/dice.js';
import { closing, message } from '../fuzz/wire.js';
import { RawClient } from '../raw-client.js';
import { servers } from './endpoint.js';

interface Stats {
  readonly processes: { readonly [behaviour: string]: number };
}

describe.each(servers)('a client that leaves at once, $adapter, schedulers: $schedulers', (options) => {
  let server: ConformanceServer;
  beforeAll(async () => {
    server = await startConformance(options);
  });
  afterAll(async () => {
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  it('is joined and left in one packet: its channel ends, with terminate', async () => {
    const watcher = await RawClient.connect(server.port);
    await watcher.join('room:term-early');
    const dice = new Dice(1);
    for (let i = 0; i < 20; i++) {
      const socket = connect({ port: server.port, host: '127.0.0.1' }).on('error', () => {});
      const head = [
        'upgrade: websocket',
        'connection: Upgrade',
        'sec-websocket-version: 13',
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      ];
      socket.write(`GET /socket/websocket?vsn=2.0.0&user_id=${i} HTTP/1.1\r\nhost: localhost\r\n${head.join('\r\n')}\r\n\r\n`);
      await once(socket, 'data');
      const join = message(dice, false, Buffer.from('["1","1","room:term-early","phx_join",{}]'));
      socket.end(Buffer.concat([join, closing(dice)]));
      await once(socket, 'close');
    }
    for (let i = 0; i < 20; i++) {
      const left = await watcher.next((frame) => frame[3] === 'left' && frame[4].user_id === String(i));
      expect(left[4].reason).toBe('closed');
    }
    const census = async (): Promise<unknown> => {
      const { processes } = (await (await fetch(`http://127.0.0.1:${server.port}/_stats`)).json()) as Stats;
      return [processes.Socket, processes.RoomChannel];
    };
    await expect.poll(census, { timeout: 10_000 }).toEqual([1, 1]);
    watcher.close();
  });
});
