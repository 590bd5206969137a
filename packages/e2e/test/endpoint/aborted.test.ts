import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

describe.each(servers)('a client that goes away while connect runs, $adapter, schedulers: $schedulers', (options) => {
  it('is forgotten, and harms nobody', async () => {
    const server = await TestEndpoint.start(options);
    const handshake = [
      'GET /socket/websocket?vsn=2.0.0&refuse=late HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    const gone = connect(server.port, '127.0.0.1');
    gone.write(`${handshake.join('\r\n')}\r\n\r\n`);
    await server.child.waitFor(/^connect waits$/m);
    expect(await server.counters()).toMatchObject({ connections: 1 });
    gone.resetAndDestroy();
    // Others are served, and the server does not wait for the one that is gone when it stops.
    const other = await RawClient.connect(server.port);
    await other.alive();
    while ((await server.counters()).connections !== 1);
    other.close();
    await server.stop();
  });
});
