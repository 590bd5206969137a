import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';
import { WebhookReceiver } from './webhook-receiver.js';

const secret = `whsec_${randomBytes(32).toString('base64')}`;

describe('webhooks', () => {
  let receiver: WebhookReceiver;
  let server: TestEndpoint;
  const clients: RawClient[] = [];
  beforeEach(async () => {
    receiver = await WebhookReceiver.start(secret);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await server.stop();
    await receiver.die();
  });

  async function start(hook: object = {}, options: object = { adapter: 'uws', schedulers: 1 }): Promise<void> {
    const webhooks = [{ name: 'test', url: receiver.url, secret, topics: ['match:*'], ...hook }];
    server = await startPush({ node: 'hooked', ...options }, { endpoint: { webhooks } });
  }
  async function client(user?: string): Promise<RawClient> {
    const made = await RawClient.connect(server.port, `/socket/websocket?vsn=2.0.0${user === undefined ? '' : `&user=${user}`}`);
    clients.push(made);
    return made;
  }
  async function isTold(...events: string[]): Promise<void> {
    await receiver.until((each) => each.events.length >= events.length);
    expect(receiver.events).toEqual(events);
  }

  it.each([
    { adapter: 'uws', schedulers: 1 },
    { adapter: 'node', schedulers: 0 },
  ])('tell of the first and the last on a topic, and of each between them, signed: %j', async (options) => {
    await start({ events: ['occupied', 'vacated', 'joined', 'left'] }, options);
    const [ann, bob] = [await client('ann'), await client()];
    await ann.join('match:1');
    await bob.join('plain:1');
    const ref = await bob.join('match:1');
    await bob.push('match:1', 'phx_leave', {}, ref);
    ann.close();
    await isTold('occupied match:1', 'joined match:1', 'joined match:1', 'left match:1', 'left match:1', 'vacated match:1');
    expect(receiver.badSignatures).toBe(0);
    const [occupied, anns, bobs, bobLeft, annLeft] = receiver.requests.flatMap((request) => request.events);
    expect(receiver.requests[0]).toMatchObject({ node: 'hooked', dropped: 0, run: expect.any(Number) });
    expect(occupied).not.toHaveProperty('connection');
    expect(anns).toMatchObject({ type: 'joined', socketId: 'user:ann', connection: annLeft?.connection });
    expect(bobs).toMatchObject({ type: 'joined', connection: bobLeft?.connection });
    expect(bobs?.connection).not.toBe(anns?.connection);
  });

  it('are tried again with the same id when the receiver fails, answers from elsewhere or not at all; the order stays', async () => {
    await start({ timeoutMs: 300 });
    receiver.reactions.push(500, 302, 'hang');
    const ann = await client();
    await ann.join('match:1');
    await receiver.until(({ requests }) => requests.length > 0);
    await ann.join('match:2');
    await isTold('occupied match:1', 'occupied match:2');
    const ids = receiver.requests.map(({ id }) => id);
    expect(ids.slice(0, 4)).toEqual(Array(4).fill(ids[0]));
    expect(ids[4]).not.toBe(ids[0]);
    expect(await server.counters()).toMatchObject({ webhookFailures: 3, webhooksDropped: 0 });
    expect(server.child.output).toContain("webhook 'test' could not be told, and is tried again: it answered 500");
    expect(server.child.output).not.toContain(secret.slice(6));
    expect(server.child.output).not.toContain(receiver.url);
  });

  it('wait for a receiver that is down, and the newest wait longest', async () => {
    await start({ maxQueued: 3 });
    await receiver.die();
    const ann = await client();
    for (let n = 1; n <= 6; n++) await ann.join(`match:${n}`);
    await server.child.waitFor(/webhook 'test' could not be told/);
    await receiver.comeBack();
    await receiver.until(({ events }) => events.includes('occupied match:6'));
    // What was under way first is not taken back; two of the others fitted beside it.
    const last = receiver.requests.at(-1);
    expect(receiver.events).toHaveLength(6 - (last?.dropped ?? 0));
    expect(receiver.events.slice(-2)).toEqual(['occupied match:5', 'occupied match:6']);
    expect(await server.counters()).toMatchObject({ webhooksDropped: last?.dropped });
    expect(last?.dropped).toBeGreaterThanOrEqual(3);
  });

  it('are told that everybody has left when the node stops', async () => {
    await start();
    const ann = await client();
    await ann.join('match:1');
    await isTold('occupied match:1');
    await server.stop();
    expect(receiver.events).toEqual(['occupied match:1', 'vacated match:1']);
  });

  it('do not get in the way of a stop when nobody takes them', async () => {
    await start();
    await receiver.die();
    const ann = await client();
    await ann.join('match:1');
    await server.child.waitFor(/webhook 'test' could not be told/);
    expect(await server.child.kill(20_000)).toEqual({ code: 0, signal: null });
    await receiver.comeBack();
  });
});
