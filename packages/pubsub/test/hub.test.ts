import { setImmediate as macrotask } from 'node:timers/promises';
import type { Adapter, Content } from '@rekindle/pubsub';
import { Hub, type HubMember } from '@rekindle/pubsub/internal';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { check } from '../../kernel/test/support/property.js';

afterEach(() => {
  vi.useRealTimers();
});

const event: Content = { kind: 'event', event: 'e', payload: '{}' };
const term: Content = { kind: 'term', term: 1 };

/** An adapter whose broker is in the test. */
class Broker implements Adapter {
  readonly name = 'test';
  readonly said: string[] = [];
  /** Topics it is subscribed to. */
  readonly topics = new Set<string>();
  readonly #confirmations: (() => void)[] = [];
  arrive!: (topic: string, content: Content) => void;
  held = false;

  async start(deliver: (topic: string, content: Content) => void): Promise<void> {
    this.arrive = deliver;
  }
  subscribe(topic: string): Promise<void> {
    if (this.topics.has(topic)) throw new Error(`subscribed to ${topic} twice`);
    this.topics.add(topic);
    this.said.push(`subscribe ${topic}`);
    if (!this.held) return Promise.resolve();
    return new Promise((resolve) => this.#confirmations.push(resolve));
  }
  unsubscribe(topic: string): void {
    if (!this.topics.delete(topic)) throw new Error(`not subscribed to ${topic}`);
    this.said.push(`unsubscribe ${topic}`);
  }
  publish(topic: string): void {
    this.said.push(`publish ${topic}`);
  }
  async stop(): Promise<void> {}

  confirm(): void {
    for (const resolve of this.#confirmations.splice(0)) resolve();
  }
}

class Member implements HubMember {
  readonly got: [string, Content][] = [];
  deliver(topic: string, content: Content): void {
    this.got.push([topic, content]);
  }
}

async function open(lingerMs = 0): Promise<{ hub: Hub; broker: Broker; lane: unknown[][] }> {
  const hub = new Hub(lingerMs);
  const broker = new Broker();
  await hub.connect(broker);
  const lane: unknown[][] = [];
  hub.fastlane = { publish: (...published) => void lane.push(published), broken: () => {} };
  return { hub, broker, lane };
}

describe('publish', () => {
  it('goes to each thread once but not back to its origin, to the connections once, to the broker once', async () => {
    const { hub, broker, lane } = await open();
    const [one, two] = [new Member(), new Member()];
    await hub.join('t', one);
    await hub.join('t', one);
    await hub.join('t', two);
    for (let i = 0; i < 100; i++) hub.connectionJoins('t');
    hub.publish('t', event, 'cluster', one, 7);
    expect(one.got).toEqual([]);
    expect(two.got).toEqual([['t', event]]);
    expect(lane).toEqual([['t', event, 7]]);
    expect(broker.said).toEqual(['subscribe t', 'publish t']);
  });

  it('of a value does not reach connections, and of the node’s own scope not the broker', async () => {
    const { hub, broker, lane } = await open();
    hub.connectionJoins('t');
    hub.publish('t', term, 'node', null, undefined);
    hub.publish('t', event, 'node', null, undefined);
    expect(lane).toEqual([['t', event, undefined]]);
    expect(broker.said).toEqual(['subscribe t']);
  });

  it('to a topic nobody here has goes to the broker all the same', async () => {
    const { hub, broker, lane } = await open();
    hub.publish('t', event, 'cluster', null, undefined);
    expect([broker.said, lane]).toEqual([['publish t'], []]);
  });

  it('of another node reaches threads and connections, and is not sent on', async () => {
    const { hub, broker, lane } = await open();
    const member = new Member();
    await hub.join('t', member);
    hub.connectionJoins('t');
    broker.arrive('t', event);
    broker.arrive('other', event);
    expect(member.got).toEqual([['t', event]]);
    expect(lane).toEqual([['t', event, undefined]]);
    expect(broker.said).toEqual(['subscribe t']);
  });
});

describe('interest', () => {
  it('is said to be there when the broker has confirmed it', async () => {
    const { hub, broker } = await open();
    broker.held = true;
    let ready = false;
    void hub.join('t', new Member()).then(() => {
      ready = true;
    });
    const connection = hub.connectionJoins('t');
    expect(connection).not.toBeNull();
    await macrotask();
    expect(ready).toBe(false);
    broker.confirm();
    await connection;
    await macrotask();
    expect(ready).toBe(true);
    expect(hub.connectionJoins('t')).toBeNull();
  });

  it('of an adapter that cannot confirm holds nobody up', async () => {
    const { hub, broker } = await open();
    broker.subscribe = () => Promise.reject(new Error('no connection'));
    await hub.join('t', new Member());
    expect(hub.connectionJoins('t')).toBeNull();
  });

  it('from before the connection is told to the broker when it comes', async () => {
    const hub = new Hub(0);
    await hub.join('a', new Member());
    hub.connectionJoins('b');
    const broker = new Broker();
    await hub.connect(broker);
    expect([...broker.topics].sort()).toEqual(['a', 'b']);
  });

  it('lingers a while, so that a topic left and joined again costs nothing', async () => {
    vi.useFakeTimers();
    const { hub, broker } = await open(5000);
    const member = new Member();
    await hub.join('t', member);
    hub.leave('t', member);
    vi.advanceTimersByTime(4999);
    await hub.join('t', member);
    vi.advanceTimersByTime(60_000);
    expect(broker.said).toEqual(['subscribe t']);
    hub.leave('t', member);
    hub.leave('t', member);
    vi.advanceTimersByTime(5000);
    expect(broker.said).toEqual(['subscribe t', 'unsubscribe t']);
  });

  it('of a thread that has ended ends', async () => {
    const { hub, broker } = await open();
    const [gone, other] = [new Member(), new Member()];
    for (const topic of ['a', 'b', 'c']) await hub.join(topic, gone);
    await hub.join('b', other);
    hub.drop(gone);
    expect([...broker.topics]).toEqual(['b']);
    hub.publish('a', term, 'node', null, undefined);
    expect(gone.got).toEqual([]);
  });
});

type Op =
  | { readonly op: 'join' | 'leave'; readonly who: number; readonly topic: string }
  | { readonly op: 'connect' | 'disconnect'; readonly topic: string }
  | { readonly op: 'drop'; readonly who: number }
  | { readonly op: 'publish'; readonly who: number; readonly topic: string; readonly kind: 'event' | 'term' }
  | { readonly op: 'arrive'; readonly topic: string };

const topic = fc.constantFrom('a', 'b', '__proto__');
const who = fc.nat({ max: 2 });
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constantFrom('join' as const, 'join' as const, 'leave' as const), who, topic }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('connect' as const, 'disconnect' as const), topic }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('drop' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('publish' as const), who, topic, kind: fc.constantFrom('event' as const, 'term' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('arrive' as const), topic }) },
);

describe('the hub', () => {
  it('is to any program what a list of subscribers would be', async () => {
    await check(500, fc.array(op, { maxLength: 40, size: 'max' }), async (ops) => {
      const { hub, broker, lane } = await open();
      const members = [new Member(), new Member(), new Member()];
      const has = members.map(() => new Set<string>());
      const connections = new Map<string, number>();
      const expected = members.map((): string[] => []);
      const onLane: string[] = [];
      const published: string[] = [];
      const publish = (name: string, kind: 'event' | 'term', origin: number | null): void => {
        for (const [i, topics] of has.entries()) if (i !== origin && topics.has(name)) expected[i]?.push(`${name} ${kind}`);
        if (kind === 'event' && (connections.get(name) ?? 0) > 0) onLane.push(name);
      };
      for (const op of ops) {
        if (op.op === 'join') {
          void hub.join(op.topic, members[op.who] as Member);
          has[op.who]?.add(op.topic);
        } else if (op.op === 'leave') {
          hub.leave(op.topic, members[op.who] as Member);
          has[op.who]?.delete(op.topic);
        } else if (op.op === 'drop') {
          hub.drop(members[op.who] as Member);
          has[op.who]?.clear();
        } else if (op.op === 'connect') {
          hub.connectionJoins(op.topic);
          connections.set(op.topic, (connections.get(op.topic) ?? 0) + 1);
        } else if (op.op === 'disconnect') {
          if ((connections.get(op.topic) ?? 0) === 0) continue; // the gateway leaves only what it has joined
          hub.connectionLeaves(op.topic);
          connections.set(op.topic, (connections.get(op.topic) as number) - 1);
        } else if (op.op === 'publish') {
          hub.publish(op.topic, op.kind === 'event' ? event : term, 'cluster', members[op.who] as Member, undefined);
          publish(op.topic, op.kind, op.who);
          published.push(op.topic);
        } else if (broker.topics.has(op.topic)) {
          broker.arrive(op.topic, event);
          publish(op.topic, 'event', null);
        }
        const wanted = ['a', 'b', '__proto__'].filter((name) => has.some((topics) => topics.has(name)) || (connections.get(name) ?? 0) > 0);
        expect([...broker.topics].sort()).toEqual(wanted.sort());
      }
      expect(members.map((member) => member.got.map(([name, { kind }]) => `${name} ${kind}`))).toEqual(expected);
      expect(lane.map(([name]) => name)).toEqual(onLane);
      expect(broker.said.filter((said) => said.startsWith('publish')).map((said) => said.slice(8))).toEqual(published);
    });
  });
});
