import { MemoryBroker, type MemoryTransport, NatsAdapter, Subjects, topicShard, topicToken } from '@rekindle/cluster/internal';
import { Codec, Kernel } from '@rekindle/kernel/internal';
import type { Content } from '@rekindle/pubsub';
import { encodeBroadcast, MAX_BROADCAST_BYTES } from '@rekindle/pubsub/internal';
import { VirtualHost } from '@rekindle/testing';
import { beforeEach, describe, expect, it } from 'vitest';

const codec = new Codec(new Kernel(), 'nodes');

const subjects = new Subjects('test');
const subjectOf = (topic: string): string => subjects.topic(topicShard(topicToken(topic)), topicToken(topic));

let host: VirtualHost;
let broker: MemoryBroker;

/** The topics of one node: what has arrived, and what was found wrong. */
class Side {
  readonly transport: MemoryTransport;
  readonly adapter: NatsAdapter;
  readonly arrived: [topic: string, content: Content][] = [];
  readonly bad: string[] = [];
  readonly refused: [topic: string, bytes: number][] = [];
  readonly dropped: number[] = [];
  readonly gone = new Set<string>();

  constructor(node: string) {
    this.transport = broker.transport(node);
    this.transport.start(() => {});
    this.transport.restore();
    const kernel = new Kernel({ host, node, incarnation: 7 });
    this.adapter = new NatsAdapter(kernel, this.transport, subjects, {
      isGone: (name, run) => this.gone.has(`${name}/${run}`),
      bad: (name) => this.bad.push(name),
      refused: (topic, bytes) => this.refused.push([topic, bytes]),
      dropped: (count) => this.dropped.push(count),
    });
    void this.adapter.start((topic, content) => this.arrived.push([topic, content]));
  }
}

const event = (payload: string | Uint8Array): Content => ({ kind: 'event', event: 'said', payload });
const pass = (ms: number): void => {
  for (const end = host.now() + ms; host.now() < end; ) host.advanceTo(host.now() + 1);
};

let a: Side;
let b: Side;

beforeEach(() => {
  host = new VirtualHost();
  broker = new MemoryBroker(host);
  [a, b] = [new Side('a'), new Side('b')];
  void b.adapter.subscribe('room:1');
});

describe('a topic', () => {
  it('takes text, bytes and terms as they are', () => {
    const contents: Content[] = [
      event('{"ä":"🙂"}'),
      event(Uint8Array.of(0, 255, 7)),
      { kind: 'term', term: { list: [1, 'x', null, undefined] } },
    ];
    for (const content of contents) a.adapter.publish('room:1', content);
    pass(10);
    expect(b.arrived).toEqual(contents.map((content) => ['room:1', content]));
    expect(b.bad).toEqual([]);
    expect(a.adapter.counts.sent).toBe(3);
    expect(b.adapter.counts.received).toBe(3);
  });

  it('takes nothing before it is subscribed to, and nothing after', () => {
    a.adapter.publish('room:2', event('1'));
    pass(10);
    void b.adapter.subscribe('room:2');
    a.adapter.publish('room:2', event('2'));
    pass(10);
    b.adapter.unsubscribe('room:2');
    a.adapter.publish('room:2', event('3'));
    pass(10);
    expect(b.arrived).toEqual([['room:2', event('2')]]);
    expect(b.adapter.topicCount).toBe(1);
  });

  it('does not take what nodes say that are held to be gone', () => {
    b.gone.add('a/7');
    a.adapter.publish('room:1', event('1'));
    pass(10);
    expect(b.arrived).toEqual([]);
    expect(b.adapter.counts.droppedGone).toBe(1);
    b.gone.clear();
    a.adapter.publish('room:1', event('2'));
    pass(10);
    expect(b.arrived).toEqual([['room:1', event('2')]]);
  });

  it("does not take another topic's messages that come on its subject", () => {
    const frame = encodeBroadcast({ node: 'a', incarnation: 7 }, 'room:other', event('1'), codec);
    a.transport.publish(subjectOf('room:1'), frame);
    pass(10);
    expect([b.arrived, b.bad]).toEqual([[], ['a']]);
  });

  it('does not take what was cut short, and blames its sender if that can be read', () => {
    const frame = encodeBroadcast({ node: 'a', incarnation: 7 }, 'room:1', event('"text"'), codec);
    const header = 12 + 1;
    // Shorter text is text, too; everything before it has a length.
    const lengths = Array.from({ length: header + 2 + 'room:1'.length + 2 + 'said'.length }, (_, length) => length);
    for (const length of lengths) a.transport.publish(subjectOf('room:1'), frame.subarray(0, length));
    pass(10);
    expect(b.arrived).toEqual([]);
    expect(b.bad).toEqual(lengths.map((length) => (length < header ? 'unknown' : 'a')));
  });

  it('takes large messages in parts, and forgets those whose end was lost', () => {
    const large = (letter: string): Content => event(JSON.stringify(letter.repeat(2_000_000)));
    a.adapter.publish('room:1', large('x'));
    pass(10);
    expect(b.arrived).toEqual([['room:1', large('x')]]);
    broker.loss = 0.5;
    a.adapter.publish('room:1', large('y'));
    broker.loss = 0;
    a.adapter.publish('room:1', large('z'));
    pass(10);
    expect(b.arrived.map(([, content]) => content)).toEqual([large('x'), large('z')]);
  });

  it('does not take what is too large', () => {
    a.adapter.publish('room:1', event('x'.repeat(MAX_BROADCAST_BYTES)));
    pass(10);
    expect(b.arrived).toEqual([]);
    expect(a.refused).toEqual([['room:1', expect.any(Number)]]);
    expect(a.adapter.counts).toMatchObject({ sent: 0, refused: 1 });
  });

  it('loses what is published without a connection, and counts it', () => {
    a.transport.cut();
    a.adapter.publish('room:1', event('1'));
    a.transport.restore();
    a.adapter.publish('room:1', event('2'));
    pass(10);
    expect(b.arrived).toEqual([['room:1', event('2')]]);
    expect(a.adapter.counts).toMatchObject({ sent: 1, droppedDisconnected: 1 });
  });
});
