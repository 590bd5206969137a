import { setImmediate as macrotask } from 'node:timers/promises';
import type { Excerpt, FreshEvent, Head, StoredEvent, StoreEvents, StoreLimits, TopicStore } from '@rekindle/pubsub';
import { isComplete } from '@rekindle/pubsub/internal';

const SPARE = 3;

/** What all nodes have in common: the events of one topic, of which the oldest are dropped. */
export class StoreModel {
  epoch = 1;
  /** Everything of this numbering, dropped or not. */
  all: StoredEvent[] = [];
  readonly nodes: NodeStore[] = [];
  readonly #keys = new Set<string>();
  #maxPerTopic = 0;
  /** Other topics take positions too. */
  position = 0;

  node(): NodeStore {
    const store = new NodeStore(this);
    this.nodes.push(store);
    return store;
  }

  limit({ maxMessages }: StoreLimits): void {
    this.#maxPerTopic = maxMessages + SPARE;
  }

  get kept(): StoredEvent[] {
    return this.all.slice(-this.#maxPerTopic);
  }

  get maxPerTopic(): number {
    return this.#maxPerTopic;
  }

  append(event: string, payload: string, key: string): number {
    if (this.#keys.has(key)) return 0;
    this.#keys.add(key);
    const previous = this.kept.at(-1)?.position ?? 0;
    this.position += 2;
    const stored = { position: this.position, event, payload, ageMs: 0, key };
    this.all.push(stored);
    for (const node of this.nodes) node.sent({ ...stored, previous });
    return stored.position;
  }

  /** The store is lost, and counts anew. */
  reset(): void {
    this.epoch++;
    this.all = [];
    this.position = 0;
    for (const node of this.nodes) node.cut();
  }
}

/** The store as one node sees it: over a line that may be cut. */
export class NodeStore implements TopicStore {
  readonly #model: StoreModel;
  #take: ((fresh: FreshEvent) => void) | null = null;
  #events: StoreEvents = { ready: () => {} };
  #queue: FreshEvent[] = [];
  isCut = false;

  constructor(model: StoreModel) {
    this.#model = model;
  }

  async start(limits: StoreLimits, events: StoreEvents): Promise<void> {
    this.#model.limit(limits);
    this.#events = events;
  }

  async listen(_topic: string, take: (fresh: FreshEvent) => void): Promise<void> {
    this.#take = take;
  }

  ignore(): void {
    this.#take = null;
  }

  tooLarge(): null {
    return null;
  }

  async publish(_topic: string, event: string, payload: string, key: string): Promise<number> {
    return this.#model.append(event, payload, key);
  }

  async head(): Promise<Head> {
    await this.#answers();
    const last = this.#model.kept.at(-1) ?? null;
    const head = { epoch: `e${this.#model.epoch}`, position: last?.position ?? this.#model.position, last };
    await this.#answers();
    return head;
  }

  async read(_topic: string, after: number, upTo: number): Promise<Excerpt> {
    const events: StoredEvent[] = [];
    const { epoch } = this.#model;
    for (let next = after; ; ) {
      await this.#answers();
      const stored = this.#model.kept.find(({ position }) => position > next);
      if (stored === undefined || stored.position > upTo) break;
      events.push(stored);
      next = stored.position;
    }
    await this.#answers();
    if (epoch !== this.#model.epoch) throw new Error('it counts anew');
    const { kept, maxPerTopic: maxCount } = this.#model;
    const complete = isComplete(after, { oldest: kept[0]?.position ?? null, count: kept.length, maxCount, keptSince: 0 });
    return { epoch: `e${epoch}`, events, complete };
  }

  async #answers(): Promise<void> {
    await macrotask();
    if (this.isCut) throw new Error('no answer');
  }

  sent(fresh: FreshEvent): void {
    if (!this.isCut) this.#queue.push(fresh);
  }

  /** What was sent arrives. */
  deliver(): void {
    for (const fresh of this.#queue.splice(0)) this.#take?.(fresh);
  }

  /** What is under way is lost. */
  cut(): void {
    this.isCut = true;
    this.#queue = [];
  }

  heal(): void {
    this.isCut = false;
    this.#events.ready();
  }
}
