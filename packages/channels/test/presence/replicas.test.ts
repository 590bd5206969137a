import { PresenceError, type PresenceState } from '@rekindle/channels';
import { type Delta, PresenceReplica } from '@rekindle/channels/internal';
import { exit, type Pid } from '@rekindle/kernel';
import { installKernel, type ProcessId } from '@rekindle/kernel/internal';
import { PubSub } from '@rekindle/pubsub';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Cluster, type Member } from '../../../kernel/test/support/cluster.js';
import type { Probe } from '../../../kernel/test/support/probe.js';
import { check } from '../../../kernel/test/support/property.js';

const SITES = 3;
const PROCESSES = 2;
const TOPICS = ['room:1', 'room:2'];
const KEYS = ['ann', '__proto__'];

type Op =
  | {
      readonly op: 'track' | 'update' | 'untrack';
      readonly site: number;
      readonly who: number;
      readonly topic: string;
      readonly key: string;
    }
  | { readonly op: 'end'; readonly site: number; readonly who: number }
  | { readonly op: 'deliver' | 'lose' | 'forget'; readonly from: number; readonly to: number };

const site = fc.nat({ max: SITES - 1 });
const who = fc.nat({ max: PROCESSES - 1 });
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constantFrom('track' as const, 'track' as const, 'update' as const, 'untrack' as const),
      site,
      who,
      topic: fc.constantFrom(...TOPICS),
      key: fc.constantFrom(...KEYS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('end' as const), site, who }) },
  { weight: 6, arbitrary: fc.record({ op: fc.constant('deliver' as const), from: site, to: site }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('lose' as const, 'forget' as const), from: site, to: site }) },
);

type Meta = { readonly phx_ref: string; readonly [field: string]: unknown };
type Seen = Map<string, Map<string, Meta>>;

/** What a client makes of a list and the changes after it, as the stock client does: joins, then leaves. */
class Client {
  readonly #keys: Seen = new Map();

  sync({ joins, leaves }: { joins: PresenceState<object>; leaves: PresenceState<object> }): void {
    for (const [key, { metas }] of Object.entries(joins)) {
      const known = this.#keys.get(key) ?? new Map<string, Meta>();
      for (const meta of metas as Meta[]) {
        if (known.has(meta.phx_ref)) throw new Error(`${key} joined twice with ${meta.phx_ref}`);
        known.set(meta.phx_ref, meta);
      }
      this.#keys.set(key, known);
    }
    for (const [key, { metas }] of Object.entries(leaves)) {
      const known = this.#keys.get(key);
      for (const meta of metas as Meta[]) if (known?.delete(meta.phx_ref) !== true) throw new Error(`${key} left without having joined`);
      if (known?.size === 0) this.#keys.delete(key);
    }
  }

  /** Sorted, for comparing. */
  get list(): unknown {
    return sorted([...this.#keys].map(([key, metas]) => [key, [...metas.values()]]));
  }
}

function sorted(entries: [key: string, metas: readonly Meta[]][]): unknown {
  return entries
    .map(([key, metas]) => [key, metas.map((meta) => JSON.stringify(meta, Object.keys(meta).sort())).sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** One thread's replica, with a client on each topic that was there from the beginning. */
class Site {
  readonly member: Member;
  readonly replica: PresenceReplica;
  readonly clients = new Map(TOPICS.map((topic) => [topic, new Client()]));
  readonly probes: Probe[];
  readonly out: Delta[] = [];

  constructor(member: Member) {
    this.member = member;
    this.probes = Array.from({ length: PROCESSES }, () => member.probe());
    const pubsub = new PubSub(member.kernel);
    pubsub.uplink = {
      interested: async () => {},
      notInterested: () => {},
      publish: (topic, content, scope) => {
        if (content.kind !== 'event' || content.event !== 'presence_diff' || scope !== 'node') throw new Error('not a diff for the node');
        this.clients.get(topic)?.sync(JSON.parse(content.payload as string));
      },
    };
    this.replica = new PresenceReplica(
      member.kernel,
      pubsub,
      (_topic, presences) => presences,
      () => {},
    );
    this.replica.publish = (delta) => void this.out.push(delta);
  }

  pid(who: number): ProcessId {
    return (this.probes[who] as Probe).pid as ProcessId;
  }

  list(topic: string): unknown {
    return sorted(Object.entries(this.replica.list(topic) as PresenceState<object>).map(([key, { metas }]) => [key, metas as Meta[]]));
  }
}

class Play {
  readonly cluster = new Cluster(SITES);
  readonly sites = this.cluster.members.map((member) => new Site(member));
  /** How much of a writer's changes each site has had; null: it has missed some and needs all of them anew. */
  readonly #had = this.sites.map(() => this.sites.map((): number | null => 0));
  #metas = 0;

  async act(op: Op): Promise<void> {
    if ('from' in op) {
      if (op.from !== op.to) this.#carry(op.op, op.from, op.to);
    } else if (op.op === 'end') {
      exit(this.#site(op.site).pid(op.who) as Pid, 'kill');
      await this.cluster.quiet();
    } else this.#change(op);
  }

  #change({ op, site, who, topic, key }: Extract<Op, { key: string }>): void {
    const { replica } = this.#site(site);
    const pid = this.#site(site).pid(who);
    if (!pid.proc.alive) return;
    const meta = { n: ++this.#metas };
    try {
      if (op === 'track') replica.track(pid, topic, key, meta);
      else if (op === 'update') replica.update(pid, topic, key, (old) => ({ before: old.n, ...meta }));
      else replica.untrack(pid, topic, key);
    } catch (error) {
      if (!(error instanceof PresenceError)) throw error;
    }
  }

  #carry(what: 'deliver' | 'lose' | 'forget', from: number, to: number): void {
    const [writer, reader] = [this.#site(from), this.#site(to)];
    const pid = this.#writer(from, to);
    const had = (this.#had[to] as (number | null)[])[from] ?? null;
    const set = (count: number | null): void => void ((this.#had[to] as (number | null)[])[from] = count);
    if (what === 'forget') {
      reader.replica.lost(pid, true);
      set(null);
    } else if (had === null) {
      if (what === 'lose') return;
      reader.replica.replaced(pid, this.#cross(from, to, writer.replica.own()), true);
      set(writer.out.length);
    } else if (had < writer.out.length) {
      if (what === 'lose') return set(null);
      reader.replica.received(pid, this.#cross(from, to, writer.out[had] as Delta), true);
      set(had + 1);
    }
  }

  /** The replica process of one site, as another one knows it. */
  #writer(from: number, to: number): Pid {
    return this.#site(to).member.see(this.#site(from).pid(0) as Pid);
  }

  #cross<T>(from: number, to: number, value: T): T {
    return this.#site(to).member.codec.decode(Buffer.from(this.#site(from).member.codec.encode(value))) as T;
  }

  #site(number: number): Site {
    return this.sites[number] as Site;
  }

  /** What a client has been told is what a client that comes now is given. */
  checkClients(): void {
    for (const [number, site] of this.sites.entries()) {
      for (const [topic, client] of site.clients) {
        const [told, given] = [JSON.stringify(client.list), JSON.stringify(site.list(topic))];
        if (told !== given) throw new Error(`site ${number}, ${topic}: told ${told}, would be given ${given}`);
      }
    }
  }

  /** When everything has come, all sites agree, and they have the living processes' presences and no others. */
  checkAgreement(): void {
    for (let from = 0; from < SITES; from++) {
      for (let to = 0; to < SITES; to++) {
        if (from === to) continue;
        this.#carry('lose', from, to);
        this.#carry('deliver', from, to);
        while (this.#behind(from, to)) this.#carry('deliver', from, to);
      }
    }
    this.checkClients();
    const [first] = this.sites as [Site];
    for (const topic of TOPICS) {
      const lists = this.sites.map((site) => JSON.stringify(site.list(topic)));
      if (new Set(lists).size !== 1) throw new Error(`the sites do not agree on ${topic}: ${lists.join(' ')}`);
    }
    const living = this.sites.flatMap((site) => site.replica.own());
    if (living.some((entry) => !entry.pid.proc.alive)) throw new Error('a process that has ended is tracked');
    if (living.length !== first.replica.size) throw new Error(`${living.length} are tracked, ${first.replica.size} are known`);
  }

  #behind(from: number, to: number): boolean {
    const had = (this.#had[to] as (number | null)[])[from] ?? null;
    return had === null || had < this.#site(from).out.length;
  }
}

afterEach(() => {
  installKernel(null);
});

describe('presence replicas', () => {
  it('tell clients of every change once, in an order that makes sense, and come to agree', async () => {
    await check(150, fc.array(op, { maxLength: 60, size: 'max' }), async (ops) => {
      const play = new Play();
      installKernel((play.cluster.members[0] as Member).kernel);
      for (const op of ops) {
        await play.act(op);
        play.checkClients();
      }
      play.checkAgreement();
    });
  });
});

describe('a replica', () => {
  const open = (): Site => {
    const cluster = new Cluster(1);
    const [member] = cluster.members as [Member];
    installKernel(member.kernel);
    return new Site(member);
  };

  it('refuses to track a process twice under one key of a topic, and to update what is not tracked', () => {
    const { replica, ...site } = open();
    const pid = (site.probes[0] as Probe).pid as ProcessId;
    replica.track(pid, 'room:1', 'ann', {});
    expect(() => replica.track(pid, 'room:1', 'ann', {})).toThrow(
      expect.objectContaining({ name: 'PresenceError', code: 'already_tracked' }),
    );
    expect(() => replica.update(pid, 'room:1', 'bob', () => ({}))).toThrow(expect.objectContaining({ code: 'not_tracked' }));
    expect(() => replica.update(pid, 'room:2', 'ann', () => ({}))).toThrow(/key 'ann' on topic 'room:2'/);
    expect(() => replica.untrack(pid, 'room:2', 'ann')).not.toThrow();
    expect(replica.size).toBe(1);
  });

  it('does not confuse a topic and key with another pair that reads the same', () => {
    const site = open();
    site.replica.track(site.pid(0), 'a', 'bc', {});
    expect(() => site.replica.track(site.pid(0), 'ab', 'c', {})).not.toThrow();
    expect(() => site.replica.track(site.pid(0), '1:a', 'bc', {})).not.toThrow();
    expect(site.replica.size).toBe(3);
  });

  it('lists several devices of one key, each with its reference, and the one before an update', () => {
    const site = open();
    const first = site.replica.track(site.pid(0), 'room:1', 'ann', { device: 'phone' });
    const second = site.replica.track(site.pid(1), 'room:1', 'ann', { device: 'desk' });
    const third = site.replica.update(site.pid(0), 'room:1', 'ann', (old) => ({ ...old, away: true }));
    expect(new Set([first, second, third]).size).toBe(3);
    expect(site.replica.getByKey('room:1', 'ann')).toEqual({
      metas: [
        { device: 'desk', phx_ref: second },
        { device: 'phone', away: true, phx_ref: third, phx_ref_prev: first },
      ],
    });
    expect(site.replica.getByKey('room:1', 'bob')).toBeUndefined();
    expect(site.replica.getByKey('room:1', 'toString')).toBeUndefined();
  });

  it('asks fetch once per batch of changes, and sends what it makes of them', async () => {
    const cluster = new Cluster(1);
    const [member] = cluster.members as [Member];
    installKernel(member.kernel);
    const [calls, sent]: [unknown[], unknown[]] = [[], []];
    const pubsub = new PubSub(member.kernel);
    pubsub.uplink = {
      interested: async () => {},
      notInterested: () => {},
      publish: (_topic, content) => void sent.push(content.kind === 'event' && JSON.parse(content.payload as string)),
    };
    const fetch = (topic: string, presences: object): unknown => {
      calls.push([topic, Object.keys(presences)]);
      return Object.fromEntries(Object.entries(presences).map(([key, value]) => [key, { ...value, name: key.toUpperCase() }]));
    };
    const replica = new PresenceReplica(member.kernel, pubsub, fetch, () => {});
    const [one, two] = [member.probe(), member.probe()];
    replica.track(one.pid as ProcessId, 'room:1', 'ann', {});
    replica.track(one.pid as ProcessId, 'room:1', 'bob', {});
    replica.track(two.pid as ProcessId, 'room:1', 'cleo', {});
    calls.length = sent.length = 0;
    exit(one.pid, 'kill');
    await cluster.quiet();
    expect(calls).toEqual([['room:1', ['ann', 'bob']]]);
    expect(sent).toEqual([
      { joins: {}, leaves: { ann: expect.objectContaining({ name: 'ANN' }), bob: expect.objectContaining({ name: 'BOB' }) } },
    ]);
    expect(replica.list('room:1')).toEqual({ cleo: expect.objectContaining({ name: 'CLEO' }) });
  });

  it('tells processes that listen too, also when the tracked one ends itself', async () => {
    const cluster = new Cluster(1);
    const [member] = cluster.members as [Member];
    installKernel(member.kernel);
    const pubsub = new PubSub(member.kernel);
    const replica = new PresenceReplica(
      member.kernel,
      pubsub,
      (_topic, presences) => presences,
      () => {},
    );
    const [tracked, listening] = [member.probe(), member.probe()];
    await pubsub.subscribe('room:1', listening.pid);
    replica.track(tracked.pid as ProcessId, 'room:1', 'ann', {});
    tracked.tell((context) => context.exit(context.self, 'normal'));
    await cluster.quiet();
    expect((await listening.mail()).map((message) => (message as { payload: unknown }).payload)).toEqual([
      { joins: { ann: expect.anything() }, leaves: {} },
      { joins: {}, leaves: { ann: expect.anything() } },
    ]);
  });

  it('tells the end of a process as it is when fetch throws', async () => {
    const cluster = new Cluster(1);
    const [member] = cluster.members as [Member];
    installKernel(member.kernel);
    const pubsub = new PubSub(member.kernel);
    const fetch = (): unknown => {
      throw new Error('no database');
    };
    const replica = new PresenceReplica(member.kernel, pubsub, fetch, () => {});
    const [tracked, listening] = [member.probe(), member.probe()];
    replica.track(tracked.pid as ProcessId, 'room:1', 'ann', {});
    await pubsub.subscribe('room:1', listening.pid);
    await listening.do((context) => context.monitor(tracked.pid));
    exit(tracked.pid, 'kill');
    await cluster.quiet();
    expect(await listening.mail()).toMatchObject([
      { event: 'presence_diff', payload: { joins: {}, leaves: { ann: { metas: [{ phx_ref: expect.any(String) }] } } } },
      { type: 'DOWN', pid: tracked.pid, reason: 'killed' },
    ]);
  });
});
