import type { Host } from '@rekindle/kernel/internal';
import type { ClusterTransport, Handler, Listening, NoAnswer, TransportEvent } from './transport.js';

/** How a broker in memory treats messages. Probabilities are per message. */
export interface MemoryOptions {
  readonly seed?: number;
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly loss?: number;
  readonly duplication?: number;
}

/** A message, or the question or answer of a request. */
interface Packet {
  readonly subject: string;
  readonly bytes: Buffer;
  readonly request?: Request;
  readonly isAnswer?: boolean;
}

interface Request {
  readonly from: MemoryTransport;
  readonly settle: (answer: Uint8Array | NoAnswer) => void;
}

/** Packets from one node to another, in order. */
interface Route {
  queue: Packet[];
  lastAt: number;
}

/**
 * What NATS does for a cluster, for nodes within one process: on an injected clock, with delays, and with faults that can be
 * switched. Order from one sender to one receiver is kept, as NATS keeps it. For tests.
 */
export class MemoryBroker {
  readonly #host: Host;
  readonly #options: MemoryOptions;
  readonly #transports: MemoryTransport[] = [];
  readonly #routes = new Map<MemoryTransport, Map<MemoryTransport, Route>>();
  #random: number;
  #partition: ReadonlySet<string> | null = null;
  loss: number;
  duplication: number;

  constructor(host: Host, options: MemoryOptions = {}) {
    this.#host = host;
    this.#options = options;
    this.#random = (options.seed ?? 1) >>> 0;
    this.loss = options.loss ?? 0;
    this.duplication = options.duplication ?? 0;
  }

  /** A node's connection, which `start` opens. */
  transport(name: string): MemoryTransport {
    const transport = new MemoryTransport(this, this.#host, name);
    this.#transports.push(transport);
    return transport;
  }

  /** Nothing passes between these and the others; null heals that. */
  partition(names: readonly string[] | null): void {
    this.#partition = names === null ? null : new Set(names);
  }

  /** @internal */
  publish(from: MemoryTransport, packet: Packet): void {
    const tokens = packet.subject.split('.');
    for (const to of this.#transports) if (to !== from && to.listens(tokens)) this.#send(from, to, packet);
  }

  /** @internal */
  ask(from: MemoryTransport, subject: string, bytes: Uint8Array, settle: Request['settle']): void {
    const to = this.#transports.find((transport) => transport !== from && transport.answers(subject));
    if (to === undefined) this.#host.setTimer(() => settle('no_responders'), this.#delay());
    else this.#send(from, to, { subject, bytes: Buffer.from(bytes), request: { from, settle } });
  }

  /** @internal */
  answer(from: MemoryTransport, request: Request, bytes: Uint8Array): void {
    this.#send(from, request.from, { subject: '', bytes: Buffer.from(bytes), request, isAnswer: true });
  }

  /** @internal What was on its way is lost: all of it to this node, and the end of what came from it. */
  lost(transport: MemoryTransport): void {
    for (const routes of this.#routes.values()) {
      const route = routes.get(transport);
      if (route !== undefined) route.queue = [];
    }
    for (const route of this.#routes.get(transport)?.values() ?? []) route.queue.length = Math.floor(route.queue.length * this.#next());
  }

  #send(from: MemoryTransport, to: MemoryTransport, packet: Packet): void {
    if (!to.connected || this.#isApart(from, to) || this.#next() < this.loss) return;
    const times = this.#next() < this.duplication ? 2 : 1;
    const route = this.#route(from, to);
    for (let i = 0; i < times; i++) {
      route.queue.push(packet);
      route.lastAt = Math.max(route.lastAt, this.#host.now() + this.#delay());
      this.#host.setTimer(() => this.#arrive(route, to), route.lastAt - this.#host.now());
    }
  }

  /** As many timers as packets, fewer packets when some were lost. */
  #arrive(route: Route, to: MemoryTransport): void {
    const packet = route.queue.shift();
    if (packet !== undefined) to.arrived(packet);
  }

  #isApart(a: MemoryTransport, b: MemoryTransport): boolean {
    return this.#partition !== null && this.#partition.has(a.name) !== this.#partition.has(b.name);
  }

  #route(from: MemoryTransport, to: MemoryTransport): Route {
    let routes = this.#routes.get(from);
    if (routes === undefined) this.#routes.set(from, (routes = new Map()));
    let route = routes.get(to);
    if (route === undefined) routes.set(to, (route = { queue: [], lastAt: 0 }));
    return route;
  }

  #delay(): number {
    const { minDelayMs = 0, maxDelayMs = 1 } = this.#options;
    return minDelayMs + (maxDelayMs - minDelayMs) * this.#next();
  }

  /** Mulberry32: uniform in [0, 1). */
  #next(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let t = this.#random;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

interface Listener {
  readonly pattern: string[];
  readonly take: (packet: Packet) => void;
}

export class MemoryTransport implements ClusterTransport {
  readonly name: string;
  readonly maxPayload: number = 2 ** 20;
  readonly #broker: MemoryBroker;
  readonly #host: Host;
  readonly #listeners = new Set<Listener>();
  readonly #answers = new Map<string, () => Uint8Array>();
  #connected = false;
  #stopped = false;
  #frozen: Packet[] | null = null;
  #events: (event: TransportEvent) => void = () => {};

  constructor(broker: MemoryBroker, host: Host, name: string) {
    this.#broker = broker;
    this.#host = host;
    this.name = name;
  }

  get connected(): boolean {
    return this.#connected;
  }

  start(events: (event: TransportEvent) => void): void {
    this.#events = events;
    this.#host.microtask(() => this.restore());
  }

  publish(subject: string, bytes: Uint8Array): boolean {
    if (!this.#connected) return false;
    this.#broker.publish(this, { subject, bytes: Buffer.from(bytes) });
    return true;
  }

  subscribe(subject: string, handler: Handler): Listening {
    const listener: Listener = { pattern: subject.split('.'), take: (packet) => handler(packet.bytes, packet) };
    this.#listeners.add(listener);
    return { unsubscribe: () => void this.#listeners.delete(listener) };
  }

  answer(subject: string, reply: () => Uint8Array): Listening {
    this.#answers.set(subject, reply);
    return { unsubscribe: () => void this.#answers.delete(subject) };
  }

  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | NoAnswer> {
    if (!this.#connected) return Promise.resolve('timeout');
    return new Promise((resolve) => {
      const timer = this.#host.setTimer(() => resolve('timeout'), timeoutMs);
      this.#broker.ask(this, subject, bytes, (answer) => {
        this.#host.clearTimer(timer);
        resolve(answer);
      });
    });
  }

  async flush(): Promise<void> {}

  /** What it has sent is with the broker and arrives. */
  async stop(): Promise<void> {
    this.#connected = false;
    this.#stopped = true;
  }

  // ---------------------------------------------------------------- faults

  /** The connection breaks. */
  cut(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#broker.lost(this);
    this.#events({ type: 'disconnected' });
  }

  restore(): void {
    if (this.#connected || this.#stopped) return;
    this.#connected = true;
    this.#events({ type: 'connected', server: 'memory' });
  }

  /** The node's process stands still: what arrives waits. Its clock must be stopped as well. */
  freeze(): void {
    this.#frozen ??= [];
  }

  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = null;
    for (const packet of waiting) this.arrived(packet);
  }

  /** The process is gone. */
  kill(): void {
    this.#connected = false;
    this.#frozen = null;
    this.#listeners.clear();
    this.#answers.clear();
    this.#broker.lost(this);
  }

  /** @internal */
  listens(tokens: readonly string[]): boolean {
    for (const { pattern } of this.#listeners) if (matches(pattern, tokens)) return true;
    return false;
  }

  /** @internal */
  answers(subject: string): boolean {
    return this.#connected && this.#answers.has(subject);
  }

  /** @internal */
  arrived(packet: Packet): void {
    if (!this.#connected) return;
    if (this.#frozen !== null) {
      this.#frozen.push(packet);
      return;
    }
    const { request } = packet;
    if (packet.isAnswer === true) request?.settle(packet.bytes);
    else if (request !== undefined) {
      const reply = this.#answers.get(packet.subject);
      if (reply !== undefined) this.#broker.answer(this, request, reply());
    } else {
      const tokens = packet.subject.split('.');
      for (const { pattern, take } of [...this.#listeners]) if (matches(pattern, tokens)) take(packet);
    }
  }
}

function matches(pattern: readonly string[], tokens: readonly string[]): boolean {
  return pattern.length === tokens.length && pattern.every((token, i) => token === '*' || token === tokens[i]);
}
