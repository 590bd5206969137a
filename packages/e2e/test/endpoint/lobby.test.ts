import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, RawClient } from '../raw-client.js';
import { servers, TestEndpoint } from './endpoint.js';

const TOPIC = 'rooms:lobby';
/** An interval that does not come round while a test runs. */
const NEVER_MS = 600_000;

describe.each(servers)("the chat room of Phoenix's first guides, $adapter, schedulers: $schedulers", (options) => {
  let server: TestEndpoint;
  beforeAll(async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: false } });
  });
  afterAll(() => server.stop());

  const events = (client: RawClient, event: string): Frame[] => client.frames.filter((frame) => frame[3] === event);

  it('lets into the lobby, and then says so to all and to the one that came', async () => {
    const [ann, bob] = [await RawClient.connect(server.port), await RawClient.connect(server.port)];
    const hers = await ann.join(TOPIC, { user: 'ann', pingMs: NEVER_MS });
    expect(await ann.next((frame) => frame[3] === 'join')).toEqual([hers, null, TOPIC, 'join', { status: 'connected' }]);
    // The reply, the broadcast, the push: in the order in which the channel did it.
    expect(ann.frames.map((frame) => frame[3])).toEqual(['phx_reply', 'user:entered', 'join']);
    await bob.join(TOPIC, { user: 'bob', pingMs: NEVER_MS });
    await bob.next((frame) => frame[3] === 'join');
    await ann.alive();
    expect(events(ann, 'user:entered').map((frame) => frame[4])).toEqual([{ user: 'ann' }, { user: 'bob' }]);
    expect(events(ann, 'join')).toHaveLength(1);
    expect(await ann.push('rooms:other', 'phx_join', {})).toEqual({ status: 'error', response: { reason: 'unauthorized' } });
    for (const client of [ann, bob]) client.close();
  });

  it('broadcasts what is said, replies to who said it, and remembers', async () => {
    const [ann, bob] = [await RawClient.connect(server.port), await RawClient.connect(server.port)];
    const joinRef = await ann.join(TOPIC, { user: 'ann', pingMs: NEVER_MS });
    await bob.join(TOPIC, { user: 'bob', pingMs: NEVER_MS });
    const say = (body: string): Promise<unknown> => ann.push(TOPIC, 'new:msg', { user: 'ann', body }, joinRef);
    expect(await say('one')).toEqual({ status: 'ok', response: { msg: 'one', before: 'somebody' } });
    expect(await say('two')).toEqual({ status: 'ok', response: { msg: 'two', before: 'ann' } });
    await bob.next((frame) => frame[3] === 'new:msg' && frame[4].body === 'two');
    for (const client of [ann, bob]) {
      const said = ['one', 'two'].map((body) => [null, null, TOPIC, 'new:msg', { user: 'ann', body }]);
      expect(events(client, 'new:msg')).toEqual(said);
      client.close();
    }
  });

  it('pings each client at its own interval, until it leaves', async () => {
    const client = await RawClient.connect(server.port);
    const joinRef = await client.join(TOPIC, { pingMs: 5 });
    const ping = [joinRef, null, TOPIC, 'new:msg', { user: 'SYSTEM', body: 'ping' }];
    for (let count = 1; count <= 3; count++) await client.next(() => events(client, 'new:msg').length >= count);
    expect(events(client, 'new:msg')[0]).toEqual(ping);
    await client.push(TOPIC, 'phx_leave', {}, joinRef);
    await client.next((frame) => frame[3] === 'phx_close');
    const { length } = client.frames;
    for (let i = 0; i < 20; i++) await client.alive();
    expect(events(client, 'new:msg')).toEqual(client.frames.slice(0, length).filter((frame) => frame[3] === 'new:msg'));
    client.close();
  });

  it('is told why it ends: the client left, the connection was lost, it crashed', async () => {
    const client = await RawClient.connect(server.port);
    const lives = async (user: string): Promise<string> => {
      const joinRef = await client.join(TOPIC, { pingMs: NEVER_MS });
      await client.push(TOPIC, 'new:msg', { user, body: 'here' }, joinRef);
      return joinRef;
    };
    const name = (why: string): string => `${why}-${options.adapter}-${options.schedulers}`;
    await client.push(TOPIC, 'phx_leave', {}, await lives(name('left')));
    await server.child.waitFor(new RegExp(`^leave \\{"shutdown":"left"\\} "${name('left')}"$`, 'm'));
    client.send(JSON.stringify([await lives(name('crashed')), '99', TOPIC, 'unknown', {}]));
    await client.next((frame) => frame[3] === 'phx_error');
    await server.child.waitFor(new RegExp(`^leave .* "${name('crashed')}"$`, 'm'));
    await lives(name('closed'));
    client.close();
    await server.child.waitFor(new RegExp(`^leave \\{"shutdown":"closed"\\} "${name('closed')}"$`, 'm'));
  });
});
