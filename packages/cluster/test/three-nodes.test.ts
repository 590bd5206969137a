import { type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../e2e/test/raw-client.js';
import { people, SOON, TestNode } from './support/node.js';

// Three processes, with no scheduler thread, with one, and with two: everything goes between all of them. The parts build on one
// another.
let nats: NatsServer;
let zero: TestNode;
let one: TestNode;
let two: TestNode;
let all: TestNode[];

const pairs = [
  ['zero', 'one'],
  ['zero', 'two'],
  ['one', 'zero'],
  ['one', 'two'],
  ['two', 'zero'],
  ['two', 'one'],
] as const;

const node = (name: string) => all.find((one) => one.name === name) as TestNode;

beforeAll(async () => {
  nats = await startNats();
  all = await Promise.all(
    [0, 1, 2].map((schedulers) => TestNode.start(['zero', 'one', 'two'][schedulers] as string, nats.url, schedulers)),
  );
  [zero, one, two] = all as [TestNode, TestNode, TestNode];
}, 300_000);

afterAll(async () => {
  await Promise.all(all.map(({ child }) => child.kill()));
  await nats.close();
});

describe('nodes', () => {
  it('find each other, and say so once', async () => {
    await zero.seesNodes('one', 'two');
    await one.seesNodes('zero', 'two');
    await two.seesNodes('zero', 'one');
    for (const each of all) {
      const others = all.filter((other) => other !== each);
      for (const other of others) {
        const [event, ...more] = each.said('NODEUP').filter((up) => (up as { node: string }).node === other.name);
        // Those that were there before the application are not news.
        if (event !== undefined) expect(event).toEqual({ type: 'nodeup', node: other.name, incarnation: expect.any(Number) });
        expect(more).toEqual([]);
        expect(each.child.output.match(new RegExp(`cluster: node ${other.name} is up`, 'g'))).toHaveLength(1);
      }
    }
  });
});

describe.each(pairs)('from %s to %s', (from, to) => {
  it('a message arrives at a name, and at a pid', async () => {
    const sender = node(from);
    await sender.probe('tell', to, 'probe', { type: 'hello', from });
    await sender.probe('castTo', to, 'probe', { cast: from });
    await sender.keeps(to, 'probe', to);
    await sender.probe('tellKept', to, { type: 'hello by pid', from });
    await node(to).says('INFO', { type: 'hello', from });
    await node(to).says('NOTE', { cast: from });
    await node(to).says('INFO', { type: 'hello by pid', from });
  });

  it('messages arrive in order and once', async () => {
    await node(from).probe('flood', to, from, 2000);
    await expect.poll(() => node(to).ask('sink', 'got', from), SOON).toMatchObject({ count: 2000 });
    expect(await node(to).ask('sink', 'got', from)).toEqual({ count: 2000, wrong: 0 });
  });

  it('a call is answered', async () => {
    const value = { text: 'ä', list: [1, null, true], deep: { n: 1.5 } };
    expect(await node(from).probe('remote', to, 'probe', 'echo', value)).toEqual({ value });
  });

  it('a call may be larger than a frame of NATS', async () => {
    expect(await node(from).probe('remoteLarge', to, 3_000_000)).toEqual({ length: 3_000_000 });
  });

  it('a call that cannot be answered says why', async () => {
    expect(await node(from).probe('remote', to, 'nobody', 'echo', 1)).toEqual({ code: 'noproc' });
    expect(await node(from).probe('remote', 'nowhere', 'probe', 'echo', 1)).toEqual({ code: 'noconnection' });
    expect(await node(from).probe('remote', to, 'sleeper', 'never')).toEqual({ code: 'timeout' });
  });

  it('a monitor of a name that nobody has fires', async () => {
    await node(from).probe('watchName', to, 'nobody', `nobody on ${to}`);
    await node(from).says('DOWN', { label: `nobody on ${to}`, reason: 'noproc' });
  });
});

describe('a message of more than 32 MiB', () => {
  it.each(['zero', 'two'])('is refused where it is sent, node %s', async (from) => {
    expect(await node(from).probe('remoteLarge', 'one', 33 * 2 ** 20)).toEqual({ code: 'not_sendable' });
  });
});

describe('a process that ends', () => {
  it.each(pairs)('on the node of %s is seen by %s for what it was', async (to, from) => {
    const watcher = node(from);
    await watcher.keeps(to, 'victim', 'victim');
    await watcher.probe('watchName', to, 'victim', `name of ${to}`);
    await watcher.probe('watchKept', 'victim', `pid of ${to}`);
    await watcher.probe('linkKept', 'victim');
    const reason = `${from} did it`;
    await watcher.probe('tellKept', 'victim', { type: 'die', reason });
    await watcher.says('DOWN', { label: `name of ${to}`, reason });
    await watcher.says('DOWN', { label: `pid of ${to}`, reason });
    await watcher.says('EXIT', { reason });
  });
});

describe('topics', () => {
  let clients: RawClient[];

  beforeAll(async () => {
    clients = await Promise.all(all.map((each) => each.client('room:1', { user: `of-${each.name}`, name: each.name })));
  });

  const heard = (client: RawClient, event: string) => client.frames.filter((frame) => frame[3] === event).map((frame) => frame[4]);

  it.each([0, 1, 2])('reach the clients of all nodes from a channel of node %i', async (from) => {
    const payload = { from, text: '<ä>' };
    await (clients[from] as RawClient).push('room:1', 'shout', payload);
    for (const client of clients) await client.next((frame) => frame[3] === 'shout' && frame[4].from === from);
    for (const client of clients) expect(heard(client, 'shout').filter((one) => (one as typeof payload).from === from)).toEqual([payload]);
  });

  it.each([0, 1, 2])('reach all but the client that has pushed, on node %i', async (from) => {
    const sender = clients[from] as RawClient;
    await sender.push('room:1', 'typing', { from });
    for (const client of clients) if (client !== sender) await client.next((frame) => frame[3] === 'typing' && frame[4].from === from);
    // What came after it is here: it would be too.
    await sender.push('room:1', 'shout', { from, after: true });
    await sender.next((frame) => frame[3] === 'shout' && frame[4].after === true && frame[4].from === from);
    expect(heard(sender, 'typing')).not.toContainEqual({ from });
  });

  it('are kept in order per publisher', async () => {
    for (const each of all)
      await Promise.all(Array.from({ length: 50 }, (_, n) => each.probe('broadcast', 'room:1', 'count', { of: each.name, n })));
    for (const client of clients) await expect.poll(() => heard(client, 'count').length, SOON).toBe(150);
    const [first, ...others] = clients.map((client) =>
      all.map(({ name }) => heard(client, 'count').filter((one) => (one as { of: string }).of === name)),
    );
    for (const other of others) expect(other).toEqual(first);
  });

  it('carry messages that are larger than a frame of NATS', async () => {
    await zero.probe('broadcastLarge', 'room:1', 'large', 800_000);
    for (const client of clients) expect((await client.next((frame) => frame[3] === 'large'))[4]).toEqual({ text: 'ä'.repeat(800_000) });
  });

  it('show everybody who is present on any node', async () => {
    for (const client of clients) await expect.poll(() => people(client), SOON).toEqual(['one', 'two', 'zero']);
    const late = await one.client('room:1', { name: 'late' });
    for (const client of [...clients, late]) await expect.poll(() => people(client), SOON).toEqual(['late', 'one', 'two', 'zero']);
    late.close();
    for (const client of clients) await expect.poll(() => people(client), SOON).toEqual(['one', 'two', 'zero']);
  });

  it('whose name is the id of connections close those, wherever they are', async () => {
    const [a, b, other] = await Promise.all([
      one.client('room:2', { user: 'x' }),
      two.client('room:2', { user: 'x' }),
      two.client('room:2', { user: 'y' }),
    ]);
    await zero.probe('disconnect', 'user:x');
    expect(await Promise.all([a.closed(), b.closed()])).toEqual([1001, 1001]);
    await other.alive();
    other.close();
  });

  it('hostile ones are topics like any other', async () => {
    const topics = ['room:*', 'room:>', 'room:a.b c\r\nPUB x', `room:${'x'.repeat(4000)}`, 'room:\u0000', 'room:🙂'];
    for (const topic of topics) {
      const client = await two.client(topic);
      await zero.probe('broadcast', topic, 'here', { topic });
      expect((await client.next((frame) => frame[3] === 'here'))[2]).toBe(topic);
      expect(client.frames.filter((frame) => frame[3] === 'here')).toHaveLength(1);
      client.close();
    }
  });

  afterAll(() => {
    for (const client of clients) client.close();
  });
});

/** The group's members as the thread of that member knows them. */
const members = (node: TestNode, name = 'member-1') => node.ask(name, 'members', 'members') as Promise<string[]>;
const where = (pids: readonly string[]) => pids.map((pid) => /^#Pid<(\w+\.\d+)\./.exec(pid)?.[1]).sort();

describe('a process group', () => {
  it('is the same on all threads of all nodes', async () => {
    for (const node of all) {
      for (const name of ['member-1', 'member-2']) {
        await expect
          .poll(async () => where(await members(node, name)), SOON)
          .toEqual(['one.1', 'one.1', 'two.1', 'two.2', 'zero.0', 'zero.0']);
      }
    }
    expect(await members(one)).toEqual(await members(two, 'member-2'));
  });
});

describe('a cluster name', () => {
  it.each(['zero', 'one', 'two'])('is given to one process, asked for on %s', async (owner) => {
    type Answer = { code?: string; holder: string; answer: string; token: number };
    const name = `name of ${owner}`;
    const first = (await node(owner).probe('startNamed', name)) as Answer;
    expect(first.holder).toMatch(new RegExp(`^#Pid<${owner}\\.`));
    expect(first.answer).toBe(first.holder);
    for (const each of all) {
      await expect.poll(() => each.probe('named', name), SOON).toEqual(first);
      expect(await each.probe('startNamed', name)).toEqual({ code: 'already_started', holder: first.holder });
    }
  });

  it('is given to one of those who ask at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `contested ${i}`);
    for (const name of names) {
      const answers = (await Promise.all(all.map((each) => each.probe('startNamed', name)))) as { code?: string; holder: string }[];
      expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
      expect(new Set(answers.map(({ holder }) => holder)).size).toBe(1);
    }
  });
});

describe('a node that is killed', () => {
  let client: RawClient;
  let before: unknown[];

  it('is gone for the others: links, monitors and calls end with noconnection, once', async () => {
    client = await zero.client('room:3', { name: 'zero' });
    const ghosts = [await two.client('room:3', { name: 'ghost 1' }), await two.client('room:3', { name: 'ghost 2' })];
    await expect.poll(() => people(client), SOON).toEqual(['ghost 1', 'ghost 2', 'zero']);
    for (const watcher of [zero, one]) {
      await watcher.keeps('two', 'victim', 'victim of two');
      await watcher.probe('linkKept', 'victim of two');
      await watcher.probe('watchKept', 'victim of two', 'pid on two');
      await watcher.probe('watchName', 'two', 'victim', 'name on two');
    }
    before = [zero, one].map((watcher) => watcher.child.output.length);
    two.child.signal('SIGKILL');
    for (const [i, watcher] of [zero, one].entries()) {
      const from = before[i] as number;
      await watcher.says('DOWN', { label: 'pid on two', reason: 'noconnection' }, from);
      await watcher.says('DOWN', { label: 'name on two', reason: 'noconnection' }, from);
      await watcher.says('EXIT', { reason: 'noconnection' }, from);
      await watcher.says('NODEDOWN', { node: 'two', reason: 'unreachable' }, from);
      expect(watcher.said('DOWN', from)).toHaveLength(2);
      expect(watcher.said('EXIT', from)).toHaveLength(1);
      expect(watcher.said('NODEDOWN', from)).toHaveLength(1);
      expect(await watcher.probe('remote', 'two', 'probe', 'echo', 1)).toEqual({ code: 'noconnection' });
    }
    await zero.seesNodes('one');
    await one.seesNodes('zero');
    await expect.poll(() => people(client), SOON).toEqual(['zero']);
    await expect.poll(() => zero.probe('startNamed', 'name of two'), SOON).toMatchObject({ holder: expect.stringMatching(/^#Pid<zero/) });
    for (const node of [zero, one])
      await expect.poll(async () => where(await members(node)), SOON).toEqual(['one.1', 'one.1', 'zero.0', 'zero.0']);
    for (const ghost of ghosts) ghost.close();
  });

  it('comes back as another run: what was meant for the old one reaches nobody', async () => {
    const [from] = before as number[];
    two = await TestNode.start('two', nats.url, 1);
    await Promise.all([zero.seesNodes('one', 'two'), one.seesNodes('two', 'zero'), two.seesNodes('one', 'zero')]);
    const runs = zero.said('NODEUP').filter((up) => (up as { node: string }).node === 'two') as { incarnation: number }[];
    const [last, previous = { incarnation: 0 }] = runs.reverse();
    expect(last?.incarnation).toBeGreaterThan(previous.incarnation);
    await zero.probe('tellKept', 'victim of two', { type: 'die', reason: 'too late' });
    await zero.probe('watchKept', 'victim of two', 'old pid');
    await zero.says('DOWN', { label: 'old pid', reason: 'noconnection' }, from);
    expect(await zero.probe('remote', 'two', 'victim', 'pid')).toHaveProperty('value');
    expect(await two.probe('remote', 'zero', 'probe', 'echo', 'again')).toEqual({ value: 'again' });
    const guest = await two.client('room:3', { name: 'guest' });
    await expect.poll(() => people(client), SOON).toEqual(['guest', 'zero']);
    await expect.poll(() => people(guest), SOON).toEqual(['guest', 'zero']);
    await guest.push('room:3', 'shout', { from: 'guest' });
    await client.next((frame) => frame[3] === 'shout' && frame[4].from === 'guest');
    guest.close();
    client.close();
  });
});

describe('a node that leaves', () => {
  it('is gone at once, for that reason', async () => {
    await one.probe('startLoner');
    await zero.probe('watchName', 'one', 'loner', 'loner');
    await zero.probe('watchName', 'one', 'victim', 'supervised');
    const from = zero.child.output.length;
    expect(await one.child.kill()).toEqual({ code: 0, signal: null });
    await zero.says('DOWN', { label: 'supervised', reason: 'shutdown' }, from);
    await zero.says('DOWN', { label: 'loner', reason: 'node_left' }, from);
    await zero.says('NODEDOWN', { node: 'one', reason: 'left' }, from);
    await zero.seesNodes('two');
    expect(zero.child.output.slice(from)).toContain('[info] cluster: node one is down: it has left');
  });
});

describe('a thread that dies', () => {
  it('takes its members out of groups everywhere, and those that are started again come back', async () => {
    await expect.poll(async () => where(await members(zero)), SOON).toEqual(['two.1', 'two.1', 'zero.0', 'zero.0']);
    await two.ask('member-1', 'endThread');
    await expect.poll(async () => where(await members(zero)), SOON).toEqual(['two.2', 'two.2', 'zero.0', 'zero.0']);
    await expect.poll(() => members(two), SOON).toEqual(await members(zero));
  });
});
