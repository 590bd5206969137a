import { answer, refresh } from '@rekindle/client';
import { Socket } from 'phoenix';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';

const LONG = 3_600_000;

describe.each([{ adapter: 'uws' }, { adapter: 'node' }])('what a connection was let in with expires, $adapter', (options) => {
  let server: TestEndpoint;
  const open: { close(): void }[] = [];
  beforeAll(async () => {
    server = await startPush({ ...options, schedulers: 1 });
  });
  afterEach(() => {
    for (const client of open.splice(0)) client.close();
  });
  afterAll(() => server.stop());

  async function connect(query: string): Promise<RawClient> {
    const client = await RawClient.connect(server.port, `/socket/websocket?vsn=2.0.0&${query}`);
    open.push(client);
    return client;
  }
  const who = async (client: RawClient, joinRef: string) => (await client.push('whoami', 'who', {}, joinRef)).response;

  it('the connection is closed', async () => {
    const began = Date.now();
    const client = await connect('expiresIn=200');
    expect(await client.closed()).toBe(1008);
    expect(Date.now() - began).toBeGreaterThanOrEqual(190);
  });

  it('or goes on with less', async () => {
    const client = await connect('expiresIn=200&downgrade=yes&user=ann');
    const joinRef = await client.join('whoami');
    while (JSON.stringify(await who(client, joinRef)).includes('ann'));
    expect(await who(client, joinRef)).toEqual({ assigns: { user: 'guest', downgrade: true } });
    expect(client.closeCode).toBeUndefined();
  });

  it('a refresh comes before: channels see the new assigns, and so does the thread that takes over', async () => {
    const client = await connect(`expiresIn=${LONG}`);
    let joinRef = await client.join('whoami');
    expect(await client.push('phoenix', 'refresh', { token: 'bad' }, null)).toEqual({ status: 'error', response: { reason: 'bad token' } });
    expect(await client.push('phoenix', 'refresh', { token: 'good', expiresIn: LONG - 1 }, null)).toEqual({ status: 'ok', response: {} });
    const renewed = { assigns: { user: 'renewed', downgrade: false, expiresIn: LONG - 1 } };
    expect(await who(client, joinRef)).toEqual(renewed);
    await client.join('control');
    client.send(JSON.stringify([null, 'die', 'control', 'die', {}]));
    await client.next(([, , topic, event]) => topic === 'whoami' && event === 'phx_error');
    joinRef = await client.join('whoami');
    expect(await who(client, joinRef)).toEqual(renewed);
    // The new time counts.
    expect(await client.push('phoenix', 'refresh', { token: 'good', expiresIn: 50 }, null)).toMatchObject({ status: 'ok' });
    expect(await client.closed()).toBe(1008);
  });

  it('the stock client refreshes by a push of its own', async () => {
    const socket = new Socket(`ws://127.0.0.1:${server.port}/socket`, { transport: WebSocket, params: { expiresIn: LONG } });
    open.push({ close: () => socket.disconnect() });
    socket.connect();
    const channel = socket.channel('whoami');
    await answer(channel.join() as never);
    expect(await refresh(socket, { token: 'bad' })).toEqual({ status: 'error', response: { reason: 'bad token' } });
    expect(await refresh(socket, { token: 'good', expiresIn: LONG })).toEqual({ status: 'ok', response: {} });
    expect(await answer(channel.push('who', {}) as never)).toMatchObject({ response: { assigns: { user: 'renewed' } } });
  });
});
