import { setImmediate as macrotask } from 'node:timers/promises';
import { type Adapter, LocalAdapter } from '@rekindle/pubsub';
import { type Cursor, Hub, type JoinedLog, type PolicyTable, SharedLogs, type TopicPolicy } from '@rekindle/pubsub/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';
import { type NodeStore, StoreModel } from './store-model.js';

const TOPIC = 'match:1';
const policy: TopicPolicy = { cachedMs: null, recoverable: { maxMessages: 8, maxAgeMs: 60_000 }, conflate: null };
const tables: PolicyTable[] = [[['match:*', policy]]];

/** A node with its clients, whose line to the store is in the test. */
class Node {
  readonly store: NodeStore;
  readonly hub = new Hub(0);
  readonly logs: SharedLogs;
  readonly clients = new Set<Client>();

  constructor(model: StoreModel, name: string) {
    this.store = model.node();
    let keys = 0;
    this.logs = new SharedLogs(
      this.hub,
      tables,
      () => performance.now(),
      () => `${name}${++keys}`,
    );
    this.hub.keeper = this.logs;
    this.hub.fastlane = {
      publish: (_topic, { payload }, _except, position) => {
        for (const client of this.clients) client.got(position as number, payload as string);
      },
      broken: () => {
        for (const client of [...this.clients]) {
          client.leave();
          client.join(this);
        }
      },
    };
  }

  async start(): Promise<void> {
    await this.hub.connect({ ...adapter, store: this.store });
  }
}

const local = new LocalAdapter();
const adapter: Adapter = {
  name: 'test',
  start: () => local.start(),
  subscribe: () => local.subscribe(),
  unsubscribe: () => local.unsubscribe(),
  publish: () => local.publish(),
  stop: () => local.stop(),
};

/** What it has of the topic is checked event by event: the next one is the one that comes next in the store. */
class Client {
  readonly #model: StoreModel;
  cursor: Cursor | null = null;
  node: Node | null = null;
  joining: Node | null = null;
  lost = 0;
  joins = 0;

  constructor(model: StoreModel) {
    this.#model = model;
  }

  join(node: Node): void {
    if (this.node !== null || this.joining !== null) return;
    this.joining = node;
    const joined = node.logs.join(TOPIC, this.cursor);
    if (joined instanceof Promise) void joined.then((late) => this.#joined(node, late));
    else this.#joined(node, joined);
  }

  #joined(node: Node, { cursor, missed }: JoinedLog): void {
    this.joining = null;
    this.joins++;
    if (missed?.recovered === true) {
      for (const { position, payload } of missed.events) this.got(position, payload);
      expect(this.cursor?.position).toBeLessThanOrEqual(cursor?.position as number);
    } else if (missed !== null) this.lost++;
    this.cursor = cursor;
    node.hub.connectionJoins(TOPIC);
    node.clients.add(this);
    this.node = node;
  }

  leave(): void {
    if (this.node === null) return;
    this.node.clients.delete(this);
    this.node.hub.connectionLeaves(TOPIC);
    this.node = null;
  }

  got(position: number, payload: string): void {
    const { epoch, position: before } = this.cursor as Cursor;
    if (epoch !== `e${this.#model.epoch}`) {
      this.cursor = { epoch, position };
      return; // Of a numbering that is gone.
    }
    const next = this.#model.all.find((stored) => stored.position > before);
    expect({ position, payload }).toEqual({ position: next?.position, payload: next?.payload });
    this.cursor = { epoch, position };
  }
}

const NODES = 2;
const CLIENTS = 3;
const step = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constant('publish' as const), on: fc.nat(NODES - 1), count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 30, arbitrary: fc.record({ do: fc.constant('deliver' as const), on: fc.nat(NODES - 1) }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('pass' as const), turns: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('join' as const), client: fc.nat(CLIENTS - 1), on: fc.nat(NODES - 1) }) },
  { weight: 15, arbitrary: fc.record({ do: fc.constant('leave' as const), client: fc.nat(CLIENTS - 1) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('cut' as const), on: fc.nat(NODES - 1) }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('heal' as const), on: fc.nat(NODES - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
);

async function settle(nodes: readonly Node[], clients: readonly Client[]): Promise<void> {
  for (const { store } of nodes) if (store.isCut) store.heal();
  for (let quiet = 0; quiet < 10; quiet++) {
    for (const { store } of nodes) store.deliver();
    await new Promise((resolve) => setTimeout(resolve));
    if (clients.some(({ joining }) => joining !== null)) quiet = 0;
  }
}

describe('SharedLogs', () => {
  it('gives every client every event once and in order, or says that it cannot, whatever gets lost', async () => {
    const counts = { joins: 0, lost: 0, reads: 0, catchUps: 0 };
    await check(150, fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const model = new StoreModel();
      const nodes = [new Node(model, 'a'), new Node(model, 'b')];
      await Promise.all(nodes.map((node) => node.start()));
      const clients = Array.from({ length: CLIENTS }, () => new Client(model));
      let n = 0;
      for (const next of steps) {
        const node = nodes['on' in next ? next.on : 0] as Node;
        const client = clients['client' in next ? next.client : 0] as Client;
        if (next.do === 'publish') {
          for (let i = 0; i < next.count; i++) {
            node.hub.publish(TOPIC, { kind: 'event', event: 'n', payload: `{"n":${++n}}` }, 'cluster', null, undefined);
          }
        } else if (next.do === 'deliver') node.store.deliver();
        else if (next.do === 'pass') for (let turn = 0; turn < next.turns; turn++) await macrotask();
        else if (next.do === 'join') client.join(node);
        else if (next.do === 'leave') client.leave();
        else if (next.do === 'cut') node.store.cut();
        else if (next.do === 'heal') {
          if (node.store.isCut) node.store.heal();
        } else model.reset();
      }
      await settle(nodes, clients);
      const last = model.all.at(-1)?.position ?? 0;
      for (const client of clients) {
        counts.joins += client.joins;
        counts.lost += client.lost;
        if (client.node === null) continue;
        expect(client.cursor?.epoch).toBe(`e${model.epoch}`);
        expect(client.cursor?.position).toBeGreaterThanOrEqual(last);
      }
      for (const { logs } of nodes) {
        counts.reads += logs.counts.reads;
        counts.catchUps += logs.counts.catchUps;
        logs.stop();
      }
    });
    // All of it has happened.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  }, 60_000);
});
