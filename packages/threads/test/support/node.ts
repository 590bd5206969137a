import { GenServer, type Pid, type Ref, type Thread } from '@rekindle/kernel';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { FrameReader, type ThreadDownReason, Threads, type ThreadsOptions } from '@rekindle/threads/internal';
import { afterAll, beforeAll } from 'vitest';
import { Agent, type AgentArgs } from '../fixtures/agent.mjs';
import { Changes } from './changes.js';

const STATS = 16;
const EXIT = 17;

export interface SchedulerStats {
  readonly alive: number;
  readonly names: string[];
  /** What it still has to do with other threads. */
  readonly peers: string[];
}

interface Settings extends Partial<ThreadsOptions> {
  readonly data?: { readonly [key: string]: unknown };
}

/** A gateway in the test's own thread, with real scheduler threads. */
export class TestNode {
  readonly kernel: Kernel;
  readonly threads: Threads;
  readonly ups: number[] = [];
  readonly specs: unknown[] = [];
  readonly downs: { readonly thread: number; readonly reason: ThreadDownReason; readonly detail: unknown }[] = [];
  readonly fatal: Error[] = [];
  readonly #changes = new Changes();
  readonly #stats = new Map<number, (stats: SchedulerStats) => void>();

  constructor({ data = {}, ...options }: Settings = {}) {
    this.kernel = new Kernel({ node: 'test', incarnation: Date.now(), thread: 0 });
    installKernel(this.kernel);
    this.threads = new Threads(
      this.kernel,
      {
        schedulers: 3,
        entry: new URL('../fixtures/agent.mjs', import.meta.url).href,
        maxRestarts: 10_000,
        stuckAfterMs: 60_000,
        ...options,
        data: { label: 'test', ...data },
      },
      {
        up: (thread, spec) => this.#note(() => this.ups.push(thread) && this.specs.push(spec)),
        down: (thread, reason, detail) => this.#note(() => this.downs.push({ thread, reason, detail })),
        fatal: (error) => this.#note(() => this.fatal.push(error)),
      },
    );
    this.threads.onFrame(STATS, (thread, payload) => {
      this.#stats.get(thread)?.(JSON.parse(new FrameReader(payload).text()) as SchedulerStats);
      this.#stats.delete(thread);
    });
  }

  #note(what: () => void): void {
    what();
    this.#changes.happened();
  }

  /** Resolves when that is so; looked at when threads come and go. */
  until(holds: () => boolean): Promise<void> {
    return this.#changes.until(holds);
  }

  /** Resolves when so many schedulers run. */
  running(count = 3): Promise<void> {
    return this.until(() => this.threads.running.length === count);
  }

  agent(thread: Thread, args: AgentArgs = {}, name?: string): Promise<Ref<Agent>> {
    return Agent.start(args, name === undefined ? { thread } : { thread, name });
  }

  /** What a scheduler has, asked past its processes. */
  stats(thread: number): Promise<SchedulerStats> {
    return new Promise((resolve) => {
      this.#stats.set(thread, resolve);
      const lane = this.threads.lane(thread);
      if (lane === undefined) throw new Error(`no thread ${thread}`);
      lane.out.write(STATS, new Uint8Array());
      lane.written();
    });
  }

  /** User code over there calls `process.exit()`; resolves when the thread is gone. */
  async exitThread(thread: number): Promise<void> {
    const lane = this.threads.lane(thread);
    lane?.out.write(EXIT, new Uint8Array());
    lane?.written();
    await this.until(() => this.downs.some((down) => down.thread === thread));
  }

  /** What the gateway itself still has to do with its threads. */
  get peers(): string[] {
    return [...this.kernel.addresses()].filter(({ peers }) => peers !== null && !peers.isEmpty).map(String);
  }

  async stop(timeoutMs = 5_000): Promise<void> {
    await this.threads.stop(timeoutMs);
    installKernel(null);
  }
}

/** One node for a file's tests. */
export function useNode(settings: Settings = {}): { readonly node: TestNode } {
  let node!: TestNode;
  beforeAll(async () => {
    node = new TestNode(settings);
    await node.threads.start();
  });
  afterAll(() => node.stop());
  return {
    get node() {
      return node;
    },
  };
}

/** Ends a process that a test has made; resolves when everyone can know. */
export async function end(...refs: Pid[]): Promise<void> {
  await Promise.all(refs.map((ref) => GenServer.stop(ref as Ref<Agent>)));
}
