import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

const NAMES = ['phoenix.socket_connected', 'phoenix.channel_joined', 'phoenix.channel_handled_in'];

type Report = [name: string, message: { readonly [field: string]: unknown }];

describe.each(servers)('telemetry, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  let watcher: RawClient;
  beforeAll(async () => {
    server = await TestEndpoint.start(options);
    watcher = await RawClient.connect(server.port);
    await watcher.join('room:watcher');
    await watcher.push('room:watcher', 'watch', { names: NAMES });
    await seen();
  });
  afterAll(async () => {
    watcher.close();
    await server.stop();
  });

  /** What was published since it was asked last, without the watcher's own. */
  async function seen(): Promise<Report[]> {
    const { response } = await watcher.push('room:watcher', 'seen', {}, null);
    return (response as Report[]).filter(([, { topic }]) => topic !== 'room:watcher');
  }

  it('a socket that connects, and one that is refused', async () => {
    const client = await RawClient.connect(server.port, '/socket/websocket?vsn=2.0.0&user=ann');
    await expect(RawClient.connect(server.port, '/socket/websocket?vsn=1.0.0&refuse=yes')).rejects.toThrow('403');
    const [[name, connected] = [], [, refused] = []] = (await seen()) as [Report, Report];
    expect(name).toBe('phoenix.socket_connected');
    expect(connected).toMatchObject({
      params: { vsn: '2.0.0', user: 'ann' },
      vsn: '2.0.0',
      userSocket: 'EndpointSocket',
      transport: 'websocket',
      serializer: 'v2',
      result: 'ok',
      connectInfo: { peer: '127.0.0.1' },
    });
    expect(connected?.duration).toBeGreaterThanOrEqual(0);
    expect(refused).toMatchObject({ vsn: '1.0.0', serializer: 'v1', result: 'error' });
    client.close();
  });

  it('joins and events, with the time they took', async () => {
    const client = await RawClient.connect(server.port);
    await client.join('room:1', { some: 'params' });
    await client.push('room:2', 'phx_join', { refuse: true });
    await client.push('room:1', 'echo', { a: 1 });
    await client.push('room:1', 'sleep', { ms: 60 });
    const reports = (await seen()).filter(([name]) => name !== 'phoenix.socket_connected');
    expect(reports).toMatchObject([
      [
        'phoenix.channel_joined',
        { topic: 'room:1', params: { some: 'params' }, channel: 'RoomChannel', result: 'ok', transport: 'websocket', serializer: 'v2' },
      ],
      ['phoenix.channel_joined', { topic: 'room:2', params: { refuse: true }, channel: 'RoomChannel', result: 'error' }],
      ['phoenix.channel_handled_in', { topic: 'room:1', event: 'echo', params: { a: 1 }, channel: 'RoomChannel' }],
      ['phoenix.channel_handled_in', { topic: 'room:1', event: 'sleep', params: { ms: 60 } }],
    ]);
    const [, , echo, sleep] = reports as [Report, Report, Report, Report];
    expect(sleep[1].duration).toBeGreaterThanOrEqual(50);
    expect(echo[1].duration).toBeLessThan(sleep[1].duration as number);
    client.close();
  });
});
