import { setImmediate as macrotask } from 'node:timers/promises';
import { Cluster } from '@rekindle/cluster';
import type { MemoryBroker, MemoryTransport } from '@rekindle/cluster/internal';
import { type Context, type Pid, pg, type Scope } from '@rekindle/kernel';
import { addWatcher, type Host, installKernel, Kernel, type ProcessId, spawnPlain } from '@rekindle/kernel/internal';
import { Hub } from '@rekindle/pubsub/internal';
import type { VirtualHost } from '@rekindle/testing';
import type { MemoryNames } from './memory-names.js';

/** A process's own view of a shared clock: it can stand still, and then what was due waits. */
class ProcessHost implements Host {
  readonly #shared: VirtualHost;
  #waiting: (() => void)[] | null = null;
  #dead = false;

  constructor(shared: VirtualHost) {
    this.#shared = shared;
  }

  now(): number {
    return this.#shared.now();
  }
  wallTime(): number {
    return this.#shared.wallTime();
  }
  microtask(fn: () => void): void {
    this.#shared.microtask(() => this.#run(fn));
  }
  macrotask(fn: () => void): void {
    this.#shared.macrotask(() => this.#run(fn));
  }
  setTimer(fn: () => void, delayMs: number): unknown {
    return this.#shared.setTimer(() => this.#run(fn), delayMs);
  }
  clearTimer(handle: unknown): void {
    this.#shared.clearTimer(handle);
  }
  random(): number {
    return this.#shared.random();
  }

  freeze(): void {
    this.#waiting ??= [];
  }
  thaw(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const fn of waiting) fn();
  }
  kill(): void {
    this.#dead = true;
  }

  #run(fn: () => void): void {
    if (this.#dead) return;
    if (this.#waiting !== null) this.#waiting.push(fn);
    else fn();
  }
}

interface Numbered {
  readonly from: string;
  readonly seq: number;
}

/** What happened to a node's observer, in order. */
export type Event =
  | { readonly type: 'nodeup' | 'nodedown'; readonly node: string; readonly incarnation: number; readonly reason?: string }
  | { readonly type: 'DOWN'; readonly ref: unknown; readonly reason: unknown }
  | (Numbered & { readonly type: 'message' });

/** One run of one node of a cluster within this process, with one process that watches and counts. */
export class SimulatedNode {
  readonly name: string;
  readonly kernel: Kernel;
  readonly cluster: Cluster;
  readonly transport: MemoryTransport;
  readonly observer: Pid;
  readonly events: Event[] = [];
  readonly monitors: { readonly ref: unknown; readonly target: SimulatedNode }[] = [];
  alive = true;
  frozen = false;
  readonly #host: ProcessHost;
  readonly #sent = new Map<SimulatedNode, number>();
  #context!: Context<Event>;

  /** With `names`, that decides about unique names. */
  constructor(shared: VirtualHost, broker: MemoryBroker, name: string, incarnation: number, names?: MemoryNames) {
    this.name = name;
    this.#host = new ProcessHost(shared);
    this.kernel = new Kernel({ host: this.#host, node: name, incarnation });
    this.transport = broker.transport(name);
    this.cluster = new Cluster({ kernel: this.kernel, hub: new Hub(0) }, 'sim', this.transport, 'memory', {
      registry: names?.partsFor(this.transport, this.#host),
    });
    const { events } = this;
    const opened = (context: Context<Event>): void => {
      this.#context = context;
    };
    const { pid } = spawnPlain<Event>(
      this.kernel,
      null,
      function* (context) {
        opened(context);
        for (;;) events.push(yield* context.receive());
      },
      {},
    );
    this.observer = pid;
    this.kernel.nodes.watch(pid.proc);
    void this.cluster.start(0);
  }

  get incarnation(): number {
    return this.kernel.here.incarnation;
  }

  /** The observer of another run, as this node calls it. */
  #pidOf({ name, incarnation, observer }: SimulatedNode): ProcessId {
    return this.kernel.pid(this.kernel.address(name, incarnation, 0), observer.serial);
  }

  send(to: SimulatedNode, count: number): void {
    installKernel(this.kernel);
    const target = this.#pidOf(to);
    for (let i = 0; i < count; i++) {
      const seq = this.#sent.get(to) ?? 0;
      this.#sent.set(to, seq + 1);
      target.send({ type: 'message', from: `${this.name}/${this.incarnation}`, seq });
    }
  }

  /** How many messages were sent there. */
  sent(to: SimulatedNode): number {
    return this.#sent.get(to) ?? 0;
  }

  monitor(target: SimulatedNode): void {
    installKernel(this.kernel);
    this.monitors.push({ ref: this.#context.monitor(this.#pidOf(target)), target });
  }

  /** Another process, which does nothing but live. */
  spawn(): ProcessId {
    return spawnPlain(
      this.kernel,
      null,
      function* (context) {
        yield* context.receive();
      },
      {},
    ).pid;
  }

  /** Hears once why a process of this node ends. */
  watch(pid: ProcessId, ended: (reason: unknown) => void): void {
    addWatcher(pid.proc, { fire: (_from, reason) => ended(reason) });
  }

  /** The groups of this node. */
  get groups(): Scope {
    installKernel(this.kernel);
    return pg();
  }

  freeze(): void {
    this.frozen = true;
    this.#host.freeze();
    this.transport.freeze();
  }

  /** What has arrived is read first, as a process that goes on does. */
  thaw(): void {
    this.frozen = false;
    this.#host.thaw();
    this.transport.thaw();
  }

  kill(): void {
    this.alive = false;
    this.#host.kill();
    this.transport.kill();
  }

  get sees(): string[] {
    return Array.from(this.kernel.nodes.entries(), ([name, incarnation]) => `${name}/${incarnation}`).sort();
  }
}

/** Lets virtual time pass for all nodes, with all that follows from it. */
export async function pass(shared: VirtualHost, ms: number): Promise<void> {
  const end = shared.now() + ms;
  await macrotask();
  for (let next = shared.nextTimer; next !== undefined && next <= end; next = shared.nextTimer) {
    shared.advanceTo(next);
    await macrotask();
  }
  shared.advanceTo(end);
  await macrotask();
}
