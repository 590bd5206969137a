import { type LoadBalancer, type NatsServer, startLoadBalancer, startNats } from '@rekindle/e2e';
import { type Channel, LongPoll, Socket } from 'phoenix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOON, TestNode } from '../../cluster/test/support/node.js';

// Three nodes behind a load balancer that gives each request to the next one: no poll goes where the one before went.

interface Answer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: string[];
}
type Shout = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: { from: number; n: number }];

let nats: NatsServer;
let nodes: TestNode[];
let front: LoadBalancer;
const answers: number[] = [];

beforeAll(async () => {
  nats = await startNats();
  nodes = await Promise.all([0, 1, 2].map((schedulers) => TestNode.start(`node-${schedulers}`, nats.url, schedulers)));
  for (const node of nodes) await node.seesNodes(...nodes.filter((other) => other !== node).map(({ name }) => name));
  front = await startLoadBalancer(nodes.map(({ port }) => port));
}, 300_000);

afterAll(async () => {
  await front.close();
  await Promise.all(nodes.map(({ child }) => child.kill()));
  await nats.close();
});

/** One request, through the load balancer. */
async function ask(token: string | undefined, body?: unknown): Promise<Answer> {
  const url = `http://127.0.0.1:${front.port}/socket/longpoll?vsn=2.0.0${token === undefined ? '' : `&token=${encodeURIComponent(token)}`}`;
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  const answer = (await response.json()) as Answer;
  answers.push(answer.status);
  return answer;
}

/** Joins a topic and shouts; resolves with all shouts that it heard, when it has heard so many. */
async function shouter(from: number, count: number, expected: number): Promise<Shout[]> {
  const { status, token } = await ask(undefined);
  expect(status).toBe(410);
  expect(await ask(token, ['1', '1', 'room:polls', 'phx_join', {}])).toEqual({ status: 200 });
  const heard: Shout[] = [];
  const listen = async (until: () => boolean): Promise<void> => {
    while (!until()) {
      const { status, messages = [] } = await ask(token);
      expect([200, 204]).toContain(status);
      heard.push(...messages.map((message) => JSON.parse(message) as Shout));
    }
  };
  await listen(() => heard.some(([, ref]) => ref === '1'));
  joined++;
  await expect.poll(() => joined, SOON).toBe(SESSIONS);
  const shouts = () => heard.filter(([, , , event]) => event === 'shout');
  const speak = async (): Promise<void> => {
    for (let n = 0; n < count; n++)
      expect(await ask(token, ['1', String(n + 2), 'room:polls', 'shout', { from, n }])).toEqual({ status: 200 });
  };
  await Promise.all([speak(), listen(() => shouts().length >= expected)]);
  return shouts();
}

/** `POLLS` sets another number of requests. */
const REQUESTS = Number(process.env.POLLS ?? 600);
const SESSIONS = 6;
let joined = 0;

describe('long-polling from any node', () => {
  it('has no errors, and loses, doubles and reorders nothing', async () => {
    const count = Math.ceil(REQUESTS / SESSIONS / 2);
    const heard = await Promise.all(Array.from({ length: SESSIONS }, (_, from) => shouter(from, count, SESSIONS * count)));
    for (const shouts of heard) {
      for (let from = 0; from < SESSIONS; from++) {
        const numbers = shouts.flatMap(([, , , , payload]) => (payload.from === from ? [payload.n] : []));
        expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n));
      }
    }
    // 410 is how sessions begin.
    expect(answers.filter((status) => status === 410)).toHaveLength(SESSIONS);
    console.log(`${answers.length} requests, ${answers.filter((status) => status >= 400 && status !== 410).length} errors`);
  }, 600_000);

  it('is over with a session nobody has, and a token that leads nowhere begins a new one or is refused', async () => {
    const { token = '' } = await ask(undefined);
    const [random, node, run] = token.split('.') as [string, string, string];
    for (let i = 0; i < 3; i++) {
      expect(await ask(`${random}.nobody.${run}`)).toEqual({ status: 403 });
      expect(await ask(`${random}.nobody.${run}`, [])).toEqual({ status: 410 });
      expect(await ask(`${random}.${node}.1`)).toEqual({ status: 403 });
      expect((await ask(`${'x'.repeat(32)}.${node}.${run}`)).status).toBe(410);
      expect((await ask(`${'x'.repeat(32)}.${node}.${run}`, [])).status).toBe(410);
    }
  });

  it('brings the stock client back by itself when the node that has its session is killed', async () => {
    const socket = new Socket(`http://127.0.0.1:${front.port}/socket`, { transport: LongPoll });
    const joins: string[] = [];
    const heard: unknown[] = [];
    const room: Channel = socket.channel('room:stock', {});
    room.on('shout', (payload) => void heard.push(payload));
    room.join().receive('ok', () => void joins.push('ok'));
    socket.connect();
    await expect.poll(() => joins.length, SOON).toBe(1);
    const [, name] = (socket as unknown as { conn: { token: string } }).conn.token.split('.');
    const owner = nodes.find((node) => node.name === name) as TestNode;
    const [other] = nodes.filter((node) => node !== owner) as [TestNode];
    await other.probe('broadcast', 'room:stock', 'shout', { n: 1 });
    await expect.poll(() => heard, SOON).toEqual([{ n: 1 }]);
    owner.child.signal('SIGKILL');
    await expect.poll(() => joins.length, { timeout: 30_000, interval: 100 }).toBe(2);
    await other.probe('broadcast', 'room:stock', 'shout', { n: 2 });
    await expect.poll(() => heard, SOON).toEqual([{ n: 1 }, { n: 2 }]);
    socket.disconnect();
  }, 60_000);
});
