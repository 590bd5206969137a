import { exit, type Pid } from '@rekindle/kernel';
import { type Content, MAX_TOPIC_LENGTH, PubSub } from '@rekindle/pubsub';
import { Hub, type HubMember, LocalUplink } from '@rekindle/pubsub/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { useWorld } from '../../kernel/test/support/world.js';

const world = useWorld();
let pubsub: PubSub;
beforeEach(() => {
  pubsub = new PubSub(world.kernel);
});

/** Notes what the uplink is asked for. */
class Uplink {
  readonly said: unknown[] = [];
  interested = async (topic: string): Promise<void> => void this.said.push(['interested', topic]);
  notInterested = (topic: string): void => void this.said.push(['notInterested', topic]);
  publish = (...published: unknown[]): void => void this.said.push(published);
}

describe('subscribe', () => {
  it('brings what is published from then on, once per subscription', async () => {
    const [one, two] = [new Probe(), new Probe()];
    pubsub.broadcast('t', 'before');
    await pubsub.subscribe('t', one.pid);
    await pubsub.subscribe('t', two.pid);
    await pubsub.subscribe('t', two.pid);
    pubsub.broadcast('t', { n: 1 });
    pubsub.broadcast('other', 'not this');
    expect(await one.mail()).toEqual([{ n: 1 }]);
    expect(await two.mail()).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it('without a pid means the running process', async () => {
    const probe = new Probe();
    await probe.do(() => pubsub.subscribe('t'));
    pubsub.broadcast('t', 'hello');
    expect(await probe.mail()).toEqual(['hello']);
    await probe.do(() => pubsub.unsubscribe('t'));
    pubsub.broadcast('t', 'again');
    expect(await probe.mail()).toEqual([]);
    expect(() => pubsub.subscribe('t')).toThrow(expect.objectContaining({ code: 'no_process' }));
    expect(() => pubsub.unsubscribe('t')).toThrow(expect.objectContaining({ code: 'no_process' }));
  });

  it('refuses what is no live process of this thread', async () => {
    const gone = new Probe();
    exit(gone.pid, 'kill');
    await world.quiet();
    for (const pid of [gone.pid, 7, {}, null, 'name']) {
      expect(() => pubsub.subscribe('t', pid as Pid)).toThrow(expect.objectContaining({ code: 'badarg' }));
    }
    expect(pubsub.topicCount).toBe(0);
  });

  it('is asked of the node once per topic, and given up with the last subscriber', async () => {
    const uplink = new Uplink();
    pubsub.uplink = uplink;
    const probes = [new Probe(), new Probe()] as const;
    for (const { pid } of probes) await pubsub.subscribe('t', pid);
    await pubsub.subscribe('t', probes[0].pid);
    expect(uplink.said).toEqual([['interested', 't']]);
    pubsub.unsubscribe('t', probes[0].pid);
    expect(uplink.said).toHaveLength(1);
    pubsub.unsubscribe('t', probes[1].pid);
    expect(uplink.said.slice(1)).toEqual([['notInterested', 't']]);
    pubsub.unsubscribe('t', probes[1].pid);
    pubsub.unsubscribe('never', probes[1].pid);
    expect(uplink.said).toHaveLength(2);
  });

  it('ends with the process, however it ends', async () => {
    const uplink = new Uplink();
    pubsub.uplink = uplink;
    for (const end of [
      (probe: Probe) => exit(probe.pid, 'kill'),
      (probe: Probe) => probe.tell((context) => context.exit(context.self, 'normal')),
      (probe: Probe) =>
        probe.tell(() => {
          throw new Error('crash');
        }),
    ]) {
      const probe = new Probe();
      await Promise.all(['a', 'b', 'b'].map((topic) => pubsub.subscribe(topic, probe.pid)));
      expect(pubsub.topicCount).toBe(2);
      end(probe);
      await world.quiet();
      expect(pubsub.topicCount).toBe(0);
    }
    expect(uplink.said.filter((said) => (said as string[])[0] === 'notInterested')).toHaveLength(6);
  });

  it('may be ended by a receiver while a message is being handed out', async () => {
    const probes = [new Probe(), new Probe(), new Probe()] as const;
    const got: number[] = [];
    const subscriptions = probes.map(({ pid }, i) =>
      pubsub.listen('t', pid, () => {
        got.push(i);
        if (i === 0) for (const { subscription } of subscriptions.slice(0, 2)) pubsub.end(subscription);
      }),
    );
    pubsub.broadcast('t', 1);
    pubsub.broadcast('t', 2);
    expect(got).toEqual([0, 2, 2]);
  });
});

describe('broadcastFrom', () => {
  it('reaches all but one process', async () => {
    const [one, two] = [new Probe(), new Probe()];
    await pubsub.subscribe('t', one.pid);
    await pubsub.subscribe('t', two.pid);
    pubsub.broadcastFrom(one.pid, 't', 'hello');
    expect([await one.mail(), await two.mail()]).toEqual([[], ['hello']]);
  });

  it('by a process that has ended has no effect', async () => {
    const [ended, listening] = [new Probe(), new Probe()];
    const uplink = new Uplink();
    await pubsub.subscribe('t', listening.pid);
    pubsub.uplink = uplink;
    ended.tell((context) => {
      try {
        context.exit(context.self, 'kill');
      } finally {
        pubsub.broadcast('t', 'late');
        pubsub.localBroadcast('t', 'late');
        pubsub.broadcastFrom(ended.pid, 't', 'late');
        pubsub.broadcastEvent('t', 'late', '{}');
      }
    });
    expect(await listening.mail()).toEqual([]);
    expect(uplink.said).toEqual([]);
  });

  it('and localBroadcast say so to the node', () => {
    const uplink = new Uplink();
    pubsub.uplink = uplink;
    pubsub.broadcastFrom(new Probe().pid, 't', 1);
    pubsub.localBroadcast('t', 2);
    pubsub.broadcastEvent('t', 'e', '{}');
    expect(uplink.said).toEqual([
      ['t', { kind: 'term', term: 1 }, 'cluster', undefined],
      ['t', { kind: 'term', term: 2 }, 'node', undefined],
      ['t', { kind: 'event', event: 'e', payload: '{}' }, 'cluster', undefined],
    ]);
  });
});

describe('an event', () => {
  it('comes as a broadcast, its payload parsed once for all', async () => {
    const probes = [new Probe(), new Probe()] as const;
    for (const { pid } of probes) await pubsub.subscribe('t', pid);
    pubsub.broadcastEvent('t', 'said', '{"text":"hi"}');
    pubsub.broadcastEvent('t', 'bytes', new Uint8Array([1]));
    const [[one], [two, bytes]] = [await probes[0].mail(), await probes[1].mail()] as [unknown[], unknown[]];
    expect(one).toEqual({ type: 'broadcast', topic: 't', event: 'said', payload: { text: 'hi' } });
    expect((two as { payload: unknown }).payload).toBe((one as { payload: unknown }).payload);
    expect(bytes).toEqual({ type: 'broadcast', topic: 't', event: 'bytes', payload: new Uint8Array([1]) });
  });
});

describe('a topic', () => {
  it.each([
    ['with a prototype’s name', '__proto__'],
    ['that objects have', 'constructor'],
    ['empty', ''],
    ['with characters of NATS subjects', 'a.b.*.>'],
    ['with control characters', 'a\u0000\r\nb'],
    ['beyond the BMP', '😀'],
    ['of the greatest length', 'x'.repeat(MAX_TOPIC_LENGTH)],
  ])('%s is one like any other', async (_what, topic) => {
    const probe = new Probe();
    await pubsub.subscribe(topic, probe.pid);
    pubsub.broadcast(topic, 1);
    pubsub.broadcast('something else', 2);
    expect(await probe.mail()).toEqual([1]);
  });

  it.each([
    ['too long', 'x'.repeat(MAX_TOPIC_LENGTH + 1), /at most 4096 characters .* got 4097 characters/],
    ['half a surrogate pair', 'a\ud800', /got 2 characters, with a lone surrogate/],
    ['a number', 7, /got number/],
    ['undefined', undefined, /got undefined/],
    ['an object', {}, /got object/],
  ])('%s is refused', (_what, topic, message) => {
    for (const act of [() => pubsub.subscribe(topic as string, new Probe().pid), () => pubsub.broadcast(topic as string, 1)]) {
      expect(act).toThrow(expect.objectContaining({ code: 'badarg', message: expect.stringMatching(message) }));
    }
    expect(pubsub.topicCount).toBe(0);
  });
});

describe('two threads on one hub', () => {
  it('hear one another, each message once', async () => {
    const hub = new Hub();
    new LocalUplink(hub, pubsub);
    const got: [string, Content][] = [];
    const other: HubMember = { deliver: (topic, content) => void got.push([topic, content]) };
    await hub.join('t', other);
    const probe = new Probe();
    await pubsub.subscribe('t', probe.pid);
    pubsub.broadcast('t', 'from here');
    hub.publish('t', { kind: 'term', term: 'from there' }, 'cluster', other, undefined);
    expect(await probe.mail()).toEqual(['from here', 'from there']);
    expect(got).toEqual([['t', { kind: 'term', term: 'from here' }]]);
    pubsub.unsubscribe('t', probe.pid);
    hub.drop(other);
    pubsub.broadcast('t', 'to nobody');
    expect(got).toHaveLength(1);
  });
});
