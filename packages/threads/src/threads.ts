import { url as inspectorUrl } from 'node:inspector';
import type { Kernel } from '@rekindle/kernel/internal';
import { bellMemory } from './bell.js';
import { type ApplicationFrames, GatewayLanes } from './gateway-lanes.js';
import { GatewayPlacement } from './gateway-placement.js';
import type { HeapUse } from './heap-watch.js';
import type { Lane } from './lane.js';
import { REST_MS, WATCH_MS } from './pulse.js';
import { RestartLimit } from './restart-limit.js';
import type { SchedulerReport } from './scheduler.js';
import { SchedulerWorker } from './scheduler-worker.js';
import { installStore, StoreOwner } from './shared/store.js';
import { NameOwner, sharedNamesMemory } from './shared-names.js';
import type { ThreadCarrier } from './thread-carrier.js';
import { ThreadEndings } from './thread-endings.js';
import type { ThreadDownReason, ThreadEvents, ThreadsOptions } from './threads-options.js';
import { STUCK_AFTER_MS, Watchdog } from './watchdog.js';

/** The scheduler threads of this process: started, watched, replaced when they die. Runs on the gateway's thread. */
export class Threads {
  readonly kernel: Kernel;
  readonly #options: ThreadsOptions;
  readonly #events: ThreadEvents;
  readonly #memory = sharedNamesMemory();
  readonly #names: NameOwner;
  readonly #store: StoreOwner;
  readonly #schedulers = new Map<number, SchedulerWorker>();
  readonly #lanes: GatewayLanes;
  readonly #watchdog: Watchdog;
  readonly #limit: RestartLimit;
  readonly #endings: ThreadEndings;
  #watching: NodeJS.Timeout | null = null;
  #nextThread = 1;
  #stopping = false;

  /** `kernel` is the gateway's; its name table is replaced by one that all threads share. */
  constructor(kernel: Kernel, options: ThreadsOptions, events: ThreadEvents) {
    this.kernel = kernel;
    this.#options = options;
    this.#events = events;
    this.#lanes = new GatewayLanes(kernel, this.#schedulers, (by, thread) => this.#unread(by, thread));
    this.#names = new NameOwner(kernel, this.#memory);
    kernel.names = this.#names;
    this.#store = new StoreOwner(kernel);
    installStore(this.#store);
    const placement = new GatewayPlacement(kernel, this.carrier, this.#schedulers);
    kernel.placement = (where) => placement.place(where);
    this.#watchdog = new Watchdog(options.stuckAfterMs ?? STUCK_AFTER_MS);
    this.#limit = new RestartLimit(options.maxRestarts ?? 5, (options.maxRestartSeconds ?? 60) * 1000);
    this.#endings = new ThreadEndings(options.maxWrittenOff ?? 4, events.fatal);
  }

  /** Resolves when all schedulers have loaded their entry module; rejects with the first one's error. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: Math.max(1, this.#options.schedulers) }, () => this.#startThread()));
    this.#watching = setInterval(() => this.#watch(), WATCH_MS);
    this.#watching.unref();
  }

  get carrier(): ThreadCarrier {
    return this.#lanes.carrier;
  }

  /** The schedulers that run, oldest first. */
  get running(): number[] {
    return [...this.#schedulers.values()].filter(({ serving }) => serving).map(({ number }) => number);
  }

  /** Threads that did not end within a second when they were told to: native code holds them. */
  get writtenOff(): number {
    return this.#endings.writtenOff;
  }

  /** Takes application frames of that kind from schedulers. */
  onFrame(kind: number, handler: ApplicationFrames): void {
    this.#lanes.handle(kind, handler);
  }

  lane(thread: number): Lane | undefined {
    return this.carrier.lane(thread);
  }

  /** Ends a scheduler and replaces it. */
  kill(thread: number): void {
    const scheduler = this.#schedulers.get(thread);
    if (scheduler !== undefined) this.#lost(scheduler, 'stopped', undefined);
  }

  /**
   * Replaces a scheduler in order: nothing is started there any more, its processes are ended as by a supervisor, so that
   * `terminate` runs, for at most `recycleTimeoutMs`; then it is ended, and what was linked to it hears `noconnection`.
   */
  recycle(thread: number): void {
    const scheduler = this.#schedulers.get(thread);
    if (scheduler !== undefined) this.#recycle(scheduler, undefined);
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** From now on a thread that dies is not replaced: what it ran was about to end anyway. */
  stopReplacing(): void {
    this.#stopping = true;
  }

  /** Lets every scheduler stop what it runs, at most for `timeoutMs`, and ends them. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopWatching();
    await Promise.all(
      [...this.#schedulers.values()].map(async (scheduler) => {
        const { worker, number } = scheduler;
        const stopped = new Promise<void>((resolve) => {
          worker.on('message', (message: { type: string }) => message.type === 'stopped' && resolve());
          worker.on('exit', () => resolve());
        });
        this.#lanes.tell(number, { type: 'stop' });
        await withTimeout(stopped, timeoutMs);
        await this.#end(scheduler);
      }),
    );
    await this.#endings.settled();
  }

  /** Ends all threads at once, within about a second; those that native code holds are written off. */
  async end(): Promise<void> {
    this.#stopWatching();
    await Promise.all([...this.#schedulers.values()].map((scheduler) => this.#end(scheduler)));
    await this.#endings.settled();
  }

  #stopWatching(): void {
    this.stopReplacing();
    this.#endings.tolerant = true;
    if (this.#watching !== null) clearInterval(this.#watching);
  }

  async #end(scheduler: SchedulerWorker): Promise<void> {
    scheduler.gone = true;
    await this.#endings.end(scheduler.worker);
    this.#forget(scheduler);
  }

  // ---------------------------------------------------------------- starting

  async #startThread(): Promise<void> {
    const number = this.#nextThread++;
    const bell = bellMemory();
    const { node, incarnation } = this.kernel.here;
    const {
      entry,
      host = null,
      data,
      strictMessages = false,
      resourceLimits,
      startTimeoutMs = 30_000,
      stuckAfterMs = STUCK_AFTER_MS,
    } = this.#options;
    const restMs = Math.min(REST_MS, stuckAfterMs / 4);
    const lanes = this.#lanes.connect(number, bell);
    const scheduler = new SchedulerWorker(
      { node, incarnation, thread: number, entry, host, data, names: this.#memory, bell, lanes, restMs, strictMessages },
      { names: this.#names, store: this.#store, codec: this.#lanes.codec },
      resourceLimits,
    );
    this.#schedulers.set(number, scheduler);
    for (const other of this.#schedulers.values()) {
      if (other.leaving !== null) this.#lanes.tell(number, { type: 'leaving', thread: other.number });
    }
    const loaded = scheduler.loaded(startTimeoutMs, this.#lanes.codec);
    this.#listen(scheduler);
    try {
      const spec = await loaded;
      if (scheduler.gone) return;
      this.#watchdog.watch(number, scheduler.pulse.sign);
      this.#events.up(number, spec);
    } catch (error) {
      scheduler.gone = true;
      this.#bury(scheduler);
      void this.#endings.end(scheduler.worker);
      throw error;
    }
  }

  #listen(scheduler: SchedulerWorker): void {
    const { worker, number } = scheduler;
    worker.on('message', (message: SchedulerReport) => {
      if (message.type === 'unread') this.#unread(number, message.thread);
      if (message.type === 'full') this.#recycle(scheduler, describeHeap(message));
      if (message.type === 'ended' && scheduler.leaving !== null) this.#lost(scheduler, 'recycled', scheduler.leaving.why);
    });
    worker.on('error', (error) => scheduler.ready && this.#lost(scheduler, 'error', error));
    worker.on('exit', (code) => scheduler.ready && this.#lost(scheduler, 'exited', code));
  }

  // ---------------------------------------------------------------- watching and replacing

  #watch(): void {
    const now = performance.now();
    for (const scheduler of this.#schedulers.values()) scheduler.look(now);
    if (inspectorUrl() !== undefined) return;
    for (const thread of this.#watchdog.tick(now, (number) => this.#schedulers.get(number)?.pulse.sign ?? 0)) {
      const scheduler = this.#schedulers.get(thread);
      if (scheduler !== undefined) this.#lost(scheduler, 'stuck', undefined);
    }
  }

  /** Declares a thread dead: its replacement is on its way before anybody hears of the death, and only then it is ended. */
  #lost(scheduler: SchedulerWorker, reason: ThreadDownReason, detail: unknown): void {
    if (scheduler.gone) return;
    scheduler.gone = true;
    this.carrier.lane(scheduler.number)?.drainLast();
    this.#schedulers.delete(scheduler.number);
    if (scheduler.leaving !== null) clearTimeout(scheduler.leaving.timer);
    else if (!this.#stopping) this.#replace(reason, detail);
    this.#bury(scheduler);
    this.#lanes.wakeAll();
    this.#events.down(scheduler.number, reason, detail);
    void this.#endings.end(scheduler.worker);
  }

  /** Its names are free, and all threads and nodes hear that its processes are gone: also those that were about to start there. */
  #bury(scheduler: SchedulerWorker): void {
    this.#forget(scheduler);
    this.#names.releaseThread(scheduler.number);
    this.#lanes.tellAll({ type: 'threadDown', thread: scheduler.number });
    const { node, incarnation } = this.kernel.here;
    this.kernel.addressDown(this.kernel.address(node, incarnation, scheduler.number));
    this.#lanes.nodes.threadDown(scheduler.number);
  }

  #recycle(scheduler: SchedulerWorker, why: string | undefined): void {
    if (scheduler.gone || scheduler.leaving !== null || this.#stopping) return;
    const timer = setTimeout(() => this.#lost(scheduler, 'recycled', why), this.#options.recycleTimeoutMs ?? 1_000);
    scheduler.leaving = { why, timer };
    this.#lanes.tellAll({ type: 'leaving', thread: scheduler.number });
    this.#lanes.tell(scheduler.number, { type: 'recycle' });
    this.#replace('recycled', why);
  }

  /** A thread that does not read is stuck; if it is the gateway that cannot keep up with a scheduler, the scheduler has to go. */
  #unread(by: number, thread: number): void {
    const scheduler = this.#schedulers.get(thread === 0 ? by : thread);
    if (scheduler !== undefined) this.#lost(scheduler, 'stuck', undefined);
  }

  #replace(reason: ThreadDownReason, detail: unknown): void {
    if (!this.#limit.allow(performance.now())) {
      this.#events.fatal(
        new Error(`scheduler threads die too often (the last one: ${reason}${detail === undefined ? '' : `, ${String(detail)}`})`),
      );
      return;
    }
    this.#startThread().catch((error: unknown) => {
      if (!this.#stopping)
        this.#events.fatal(new Error('a replacement for a dead scheduler thread could not be started', { cause: error }));
    });
  }

  #forget(scheduler: SchedulerWorker): void {
    this.#watchdog.forget(scheduler.number);
    this.#schedulers.delete(scheduler.number);
    this.carrier.dropLane(scheduler.number);
    scheduler.closePorts();
  }
}

function describeHeap({ usedBytes, limitBytes }: HeapUse): string {
  return `${Math.round(usedBytes / 2 ** 20)} of ${Math.round(limitBytes / 2 ** 20)} MiB of its heap were in use`;
}

function withTimeout(promise: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
