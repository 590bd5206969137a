import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

/** So slow that no token comes back during a test. */
const once = (burst: number) => ({ perSecond: 0.0001, burst });

const SOON = { timeout: 10_000, interval: 20 };

/** Status and headers of a refused handshake. */
function refused(port: number, path = '/socket/websocket?vsn=2.0.0', headers: { [name: string]: string } = {}) {
  return new Promise<{ status: number | undefined; headers: { [name: string]: string | string[] | undefined } }>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('unexpected-response', (_request, response) => {
      resolve({ status: response.statusCode, headers: response.headers });
      response.destroy();
    });
    socket.on('open', () => {
      reject(new Error('it was let in'));
      socket.close();
    });
    socket.on('error', () => {});
  });
}

describe.each(servers)('limits, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('events above the burst are answered with an error, whoever goes on is closed with 1008', async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: { events: once(5) } } });
    const [client, other] = await Promise.all([RawClient.connect(server.port), RawClient.connect(server.port)]);
    await client.join('room:1');
    for (let i = 0; i < 5; i++) expect(await client.push('room:1', 'echo', { i })).toEqual({ status: 'ok', response: { i } });
    for (let i = 0; i < 4; i++) {
      expect(await client.push('room:1', 'echo', { i })).toEqual({ status: 'error', response: { reason: 'too many events' } });
    }
    // The heartbeat counts too, the leave is let through in any case.
    expect((await client.push('phoenix', 'heartbeat', {}, null)).status).toBe('error');
    expect(await client.push('room:1', 'phx_leave')).toEqual({ status: 'ok', response: {} });
    expect(await server.counters()).toMatchObject({ eventsLimited: 5, floodsClosed: 0, joinsLimited: 0 });
    client.send('["1","99","room:1","echo",{}]');
    expect(await client.closed()).toBe(1008);
    expect(await server.counters()).toMatchObject({ eventsLimited: 6, floodsClosed: 1 });
    await expect.poll(async () => (await server?.counters())?.connections, SOON).toBe(1);
    await server.child.waitFor(/closed a connection of 127\.0\.0\.1 to \/socket: far too many events/);
    await other.alive();
    other.close();
  });

  it('joins above the burst are answered with an error', async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: { joins: once(3) } } });
    const client = await RawClient.connect(server.port);
    for (let i = 0; i < 3; i++) await client.join(`room:${i}`);
    expect(await client.push('room:4', 'phx_join')).toEqual({ status: 'error', response: { reason: 'too many joins' } });
    await client.alive();
    const other = await RawClient.connect(server.port);
    await other.join('room:4');
    expect(await server.counters()).toMatchObject({ joinsLimited: 1, eventsLimited: 0 });
    client.close();
    other.close();
  });

  it("a socket's own limits come before the endpoint's", async () => {
    const limits = { joins: false, events: once(1) };
    server = await TestEndpoint.start(options, { endpoint: { limits: { joins: once(1), events: false } }, socket: { limits } });
    const client = await RawClient.connect(server.port);
    for (let i = 0; i < 5; i++) await client.join(`room:${i}`);
    await client.alive();
    expect((await client.push('phoenix', 'heartbeat', {}, null)).status).toBe('error');
    const other = await RawClient.connect(server.port, '/other/websocket?vsn=2.0.0');
    await other.join('room:1');
    expect((await other.push('room:1', 'phx_join')).response).toEqual({ reason: 'too many joins' });
    for (let i = 0; i < 10; i++) await other.alive();
    client.close();
    other.close();
  });

  it('connections above the burst are refused with 429, in a long-poll answer with 500', async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: { connects: once(2) } } });
    const client = await RawClient.connect(server.port);
    const opened = await fetch(`${server.url}/other/longpoll?vsn=2.0.0`);
    expect(await opened.json()).toMatchObject({ status: 410 });
    const { status, headers } = await refused(server.port);
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    const poll = await fetch(`${server.url}/socket/longpoll?vsn=2.0.0`);
    expect([poll.status, await poll.json()]).toEqual([200, { status: 500 }]);
    // Nobody may choose his own address.
    expect((await refused(server.port, undefined, { 'x-forwarded-for': '192.0.2.9' })).status).toBe(429);
    expect(await server.counters()).toMatchObject({ connectsLimited: 3, connectsAccepted: 2 });
    await client.alive();
    client.close();
  });

  it('bodies that are too long are answered with 413 and counted, whoever they are for; polling clients are counted apart', async () => {
    server = await TestEndpoint.start(options, { endpoint: { maxBodyBytes: 10 } });
    const poll = `${server.url}/socket/longpoll?vsn=2.0.0`;
    const { token } = (await (await fetch(poll)).json()) as { token: string };
    const client = await RawClient.connect(server.port);
    const post = async (url: string, body: string): Promise<number> => (await fetch(url, { method: 'POST', body })).status;
    expect(await post(`${poll}&token=${token}`, 'x'.repeat(11))).toBe(413);
    expect(await post(`${server.url}/url`, 'x'.repeat(11))).toBe(413);
    expect(await post(`${server.url}/url`, 'x'.repeat(10))).toBe(200);
    expect(await server.counters()).toMatchObject({ bodiesTooLong: 2, connections: 2, longPolls: 1 });
    client.close();
  });

  it('topics, mailboxes and lengths of frames have their counters too', async () => {
    server = await TestEndpoint.start(options, { socket: { maxFrameBytes: 1000 } });
    const full = await RawClient.connect(server.port, '/other/websocket?vsn=2.0.0');
    await full.join('room:1');
    for (let i = 0; i < 3; i++) expect((await full.push('room:2', 'phx_join')).response).toEqual({ reason: 'too many channels joined' });
    full.send('["1",null,"room:1","sleep",{"ms":5000}]');
    for (let i = 0; i < 25; i++) full.send('["1",null,"room:1","echo",{}]');
    await full.next((frame) => frame[3] === 'phx_error');
    await full.alive();
    const wordy = await RawClient.connect(server.port);
    wordy.send('x'.repeat(1001));
    expect([1006, 1009]).toContain(await wordy.closed());
    await full.alive();
    await expect.poll(async () => (await server?.counters())?.connections, SOON).toBe(1);
    const counted = { channelsLimited: 3, mailboxesOverflowed: 1, framesTooLong: 1, slowReadersClosed: 0 };
    expect(await server.counters()).toMatchObject(counted);
    full.close();
  });

  it('what is switched off does not count', async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: false } });
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(server?.port as number)));
    const [client] = clients as [RawClient];
    for (let i = 0; i < 99; i++) await client.join(`room:${i}`);
    const before = client.frames.length;
    for (let i = 0; i < 2000; i++) client.send(`[null,"many-${i}","phoenix","heartbeat",{}]`);
    await client.next((frame) => frame[1] === 'many-1999');
    expect(client.frames.slice(before).filter((frame) => (frame[4] as { status: string }).status !== 'ok')).toEqual([]);
    expect((await server.counters()).framesIn).toBe(2099);
    for (const each of clients) each.close();
  });

  it('by default: 100 joins and 500 events at once', async () => {
    server = await TestEndpoint.start(options);
    const client = await RawClient.connect(server.port);
    const joined = new Set<string>();
    for (let i = 0; i < 140; i++) client.send(`["${i}","join-${i}","room:1","phx_join",{}]`);
    await client.next((frame) => frame[1] === 'join-139');
    for (const [, ref, , , payload] of client.frames) if (payload.status === 'ok') joined.add(String(ref));
    // Some came back while the test ran: 10 a second.
    expect(joined.size).toBeGreaterThanOrEqual(100);
    expect(joined.size).toBeLessThan(140);
    for (let i = 0; i < 700; i++) client.send(`[null,"beat-${i}","phoenix","heartbeat",{}]`);
    await client.next((frame) => frame[1] === 'beat-699');
    const beats = client.frames.filter(([, ref, , , payload]) => ref?.startsWith('beat-') === true && payload.status === 'ok').length;
    expect(beats).toBeGreaterThanOrEqual(500);
    expect(beats).toBeLessThan(700);
    client.close();
  });
});
