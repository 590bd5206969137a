import { type Address, Codec, installKernel, Kernel, ops, type Placement, type Signal } from '@rekindle/kernel/internal';
import { Random } from './random.js';
import { RandomRunQueue } from './random-run-queue.js';
import type { SimOptions, SimWorld } from './sim.js';
import { SimHost } from './sim-host.js';
import { SimLanes } from './sim-lanes.js';
import { type SharedNames, SimNames } from './sim-names.js';
import { Trace } from './trace.js';

interface Thread {
  readonly host: SimHost;
  readonly kernel: Kernel;
  readonly codec: Codec;
  dead: boolean;
}

/** One thing that could happen next. */
type Event = () => void;

const operations = new Map(Object.entries(ops).flatMap(([name, number]) => (typeof number === 'number' ? [[number, name]] : [])));

/** Processes run one message at a time, and everything else can come between two of them. */
const PACE = { turnMs: 0, slice: 1, stride: 1, microtasks: 1 };

/**
 * The threads of one run, and the choice of what happens next: a message is handled, a signal arrives, a timer fires. The
 * clock moves a little with each message handled, and to the next signal or timer when nothing else is left to do.
 */
export class Simulation implements SimWorld {
  readonly trace: Trace = new Trace();
  now = 0;
  readonly #random: Random;
  readonly #threads: Thread[] = [];
  readonly #lanes: SimLanes;
  readonly #names: SharedNames = new Map();
  readonly #maxStepMs: number;
  #turn = 0;

  constructor(seed: number, options: Required<SimOptions>) {
    this.#random = new Random(seed);
    this.#lanes = new SimLanes(this.#random, options.maxDelayMs);
    this.#maxStepMs = options.maxStepMs;
    for (let number = 0; number < options.threads; number++) this.#threads.push(this.#makeThread(number, options.strictMessages));
  }

  /** Thread 0 is where bare verbs act from now on; answers what was before. */
  install(): Kernel | null {
    return installKernel(this.#thread(0).kernel);
  }

  get threads(): number {
    return this.#threads.length;
  }

  random(): number {
    return this.#random.next();
  }

  note(text: string): void {
    this.trace.add(`${this.#time} note ${text}`);
  }

  on<A extends readonly unknown[], T>(thread: number, act: (...args: A) => T, ...args: A): T {
    const given = this.#cross(args, 0, thread) as A;
    const before = installKernel(this.#thread(thread).kernel);
    let result: T;
    try {
      result = act(...given);
    } finally {
      installKernel(before);
    }
    if (result instanceof Promise) return result.then((value) => this.#cross(value, thread, 0)) as T;
    return this.#cross(result, thread, 0) as T;
  }

  alive(thread: number): number {
    const { dead, kernel } = this.#thread(thread);
    return dead ? 0 : kernel.alive;
  }

  kill(thread: number): void {
    const lost = this.#thread(thread);
    if (lost.dead) return;
    lost.dead = true;
    this.trace.add(`${this.#time} thread ${thread} dies`);
    this.#lanes.drop(thread);
    for (const [name, holder] of this.#names) if (holder.thread === thread) this.#names.delete(name);
    for (const { dead, kernel } of this.#threads) if (!dead) kernel.addressDown(addressOf(kernel, thread));
  }

  /** Makes one thing happen; false if nothing can. */
  step(): boolean {
    let events = this.#events();
    if (events.length === 0) {
      const next = Math.min(this.#lanes.nextDue, ...this.#living.map(({ host }) => host.timerDue));
      if (next === Number.POSITIVE_INFINITY) return false;
      this.now = next;
      events = this.#events();
    }
    (events[this.#random.below(events.length)] as Event)();
    return true;
  }

  // ---------------------------------------------------------------- what can happen

  #events(): Event[] {
    const events: Event[] = [];
    for (const [number, { dead, host }] of this.#threads.entries()) {
      if (dead) continue;
      if (host.task !== undefined) {
        events.push(() => {
          this.now += this.#random.next() * this.#maxStepMs;
          host.runTask();
        });
      }
      if (host.timerDue <= this.now) {
        events.push(() => {
          this.trace.add(`${this.#time} timer of thread ${number}`);
          host.fireTimer();
        });
      }
    }
    for (const lane of this.#lanes.due(this.now)) events.push(() => this.#arrive(lane.from, lane.to, lane.take()));
    return events;
  }

  #arrive(from: number, to: number, bytes: Uint8Array): void {
    const { kernel, codec } = this.#thread(to);
    const signal = codec.decode(bytes) as Signal;
    this.trace.add(`${this.#time} signal ${from} to ${to}: ${operations.get(signal[0])} ${signal.slice(1).map(describe).join(' ')}`);
    kernel.receive(addressOf(kernel, from), signal);
  }

  // ---------------------------------------------------------------- threads

  #makeThread(number: number, strict: boolean): Thread {
    const host = new SimHost(this, this.#random);
    const queue = new RandomRunQueue(this.#random, ({ pid }) => this.trace.add(`${this.#time} run ${pid}`));
    const kernel = new Kernel({ host, queue, pace: PACE, node: 'sim', thread: number, names: (self) => new SimNames(self, this.#names) });
    const codec = new Codec(kernel);
    if (strict) kernel.codec = codec;
    kernel.carrier = { send: ({ thread }, signal) => this.#send(number, thread, codec.encode(signal)) };
    kernel.placement = (where) => {
      if (where === 'same') return kernel.here;
      const living = this.#threads.filter(({ dead }) => !dead);
      return addressOf(kernel, (living[this.#place(where, living) % living.length] as Thread).kernel.here.thread);
    };
    return { host, kernel, codec, dead: false };
  }

  #place(where: Exclude<Placement, 'same'>, living: readonly Thread[]): number {
    if (typeof where === 'number') return where;
    if (where === 'spread') return this.#turn++;
    if (where === 'leastLoaded')
      return living.indexOf(living.reduce((least, one) => (one.kernel.alive < least.kernel.alive ? one : least)));
    return 'scheduler' in where ? where.scheduler : [...where.key].reduce((sum, letter) => sum + (letter.codePointAt(0) as number), 0);
  }

  #send(from: number, to: number, bytes: Uint8Array): void {
    if (!this.#thread(from).dead && !this.#thread(to).dead) this.#lanes.send(this.now, from, to, Uint8Array.from(bytes));
  }

  /** What a value of one thread is on another. */
  #cross(value: unknown, from: number, to: number): unknown {
    return from === to ? value : this.#thread(to).codec.decode(this.#thread(from).codec.encode(value));
  }

  #thread(number: number): Thread {
    const thread = this.#threads[number];
    if (thread === undefined) throw new RangeError(`expected a thread from 0 to ${this.#threads.length - 1}, got ${number}`);
    return thread;
  }

  get #living(): Thread[] {
    return this.#threads.filter(({ dead }) => !dead);
  }

  get #time(): string {
    return this.now.toFixed(3);
  }
}

function addressOf(kernel: Kernel, thread: number): Address {
  return kernel.address(kernel.here.node, kernel.here.incarnation, thread);
}

/** Short, and the same in each run: no stacks. */
function describe(value: unknown): string {
  if (value instanceof Error) return `${value.name}(${value.message})`;
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
