import { url as inspectorUrl } from 'node:inspector';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Address, Codec, type Kernel, type Placement } from '@rekindle/kernel/internal';
import { bellMemory, OwnBell } from './bell.js';
import { CONTROL, FIRST_APPLICATION_FRAME, type FrameVisitor, NODE_SIGNAL, SIGNAL, SIGNAL_ATTACHED } from './frames.js';
import type { HeapUse } from './heap-watch.js';
import { connectThreads, Lane, type LaneEvents, type LaneParts } from './lane.js';
import { Lanes } from './lanes.js';
import { GatewayNodes } from './node-threads.js';
import { choose } from './placement.js';
import { WATCH_MS } from './pulse.js';
import { RestartLimit } from './restart-limit.js';
import type { Control, Ending, NewLane, NodeControl, SchedulerReport, SchedulerStart } from './scheduler.js';
import { answerStoreRequest, installStore, StoreOwner } from './shared/store.js';
import { STORE_ANSWER_WORDS, type StoreRequest } from './shared/store-client.js';
import { ANSWER_WORDS, answerNameRequest, NameOwner, type NameRequest, sharedNamesMemory } from './shared-names.js';
import { ThreadCarrier } from './thread-carrier.js';
import { Watchdog } from './watchdog.js';

export interface ThreadsOptions {
  /** Number of scheduler threads, at least 1. */
  readonly schedulers: number;
  /** URL of the module that runs on each scheduler; see `SchedulerEntry`. */
  readonly entry: string;
  /** URL of a module that makes the host of each scheduler's kernel, see `SchedulerHost`: for tests. Default: the real clock. */
  readonly host?: string;
  /** Given to the entry module's `startScheduler`; plain data. */
  readonly data: unknown;
  /** A scheduler whose event loop stands still for so long is replaced. Default 2,000. */
  readonly stuckAfterMs?: number;
  /** More thread deaths than this within `maxRestartSeconds` end the process. Default 5 in 60 s. */
  readonly maxRestarts?: number;
  readonly maxRestartSeconds?: number;
  /** How long the entry module may take to load. Default 30,000. */
  readonly startTimeoutMs?: number;
  readonly strictMessages?: boolean;
  /**
   * Limits of each scheduler's memory, in MiB, as `node:worker_threads` takes them; V8's own by default. A scheduler is recycled
   * when 85 % of its heap are in use.
   */
  readonly resourceLimits?: ResourceLimits;
  /** How long a scheduler that is recycled may take to run the `terminate` of its processes. Default 1,000. */
  readonly recycleTimeoutMs?: number;
}

export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly maxYoungGenerationSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** `recycled`: on request, or because its heap was nearly full; `detail` says how full. */
export type ThreadDownReason = 'stuck' | 'exited' | 'error' | 'stopped' | 'recycled';

export interface ThreadEvents {
  up(thread: number, spec: unknown): void;
  /** After this the thread's pids are dead: links and monitors to them have fired. */
  down(thread: number, reason: ThreadDownReason, detail: unknown): void;
  /** Too many deaths, or a replacement that does not start. */
  fatal(error: Error): void;
}

interface SchedulerThread {
  readonly number: number;
  readonly worker: Worker;
  readonly pulse: Int32Array;
  readonly bell: SharedArrayBuffer;
  /** Its requests for names. */
  readonly names: MessagePort;
  /** Its requests for changes of shared state. */
  readonly store: MessagePort;
  ready: boolean;
  gone: boolean;
  /** Its processes are being ended: sockets stay, whatever these would do with them. */
  ending: boolean;
  /** It is being recycled. */
  leaving: { readonly why: string | undefined; readonly timer: NodeJS.Timeout } | null;
}

/** The scheduler threads of this process: started, watched, replaced when they die. Runs on the gateway's thread. */
export class Threads {
  readonly kernel: Kernel;
  readonly carrier: ThreadCarrier;
  readonly #options: ThreadsOptions;
  readonly #events: ThreadEvents;
  readonly #codec: Codec;
  readonly #memory = sharedNamesMemory();
  readonly #names: NameOwner;
  readonly #nodes: GatewayNodes;
  readonly #store: StoreOwner;
  readonly #schedulers = new Map<number, SchedulerThread>();
  readonly #handlers = new Map<number, (thread: number, payload: Buffer) => void>();
  readonly #bell = new OwnBell();
  readonly #lanes: Lanes;
  readonly #laneEvents: LaneEvents;
  readonly #watchdog: Watchdog;
  readonly #limit: RestartLimit;
  #watching: NodeJS.Timeout | null = null;
  #nextThread = 1;
  #stopping = false;
  /** Threads that did not end when told to. */
  writtenOff = 0;

  /** `kernel` is the gateway's; its name table is replaced by one that all threads share. */
  constructor(kernel: Kernel, options: ThreadsOptions, events: ThreadEvents) {
    this.kernel = kernel;
    this.#options = options;
    this.#events = events;
    this.#codec = new Codec(kernel);
    this.carrier = new ThreadCarrier(kernel, this.#codec);
    kernel.carrier = this.carrier;
    this.#lanes = new Lanes(
      this.#bell,
      () => this.carrier.lanes(),
      () => !kernel.turns.idle,
    );
    kernel.turns.between = this.#lanes.look;
    this.#laneEvents = {
      schedule: (flush) => void setImmediate(flush),
      woken: () => this.#lanes.woken(),
      stuck: (thread) => this.#unread(0, thread),
    };
    this.#nodes = new GatewayNodes(kernel, this.carrier, (thread, message) => this.#control(thread, message));
    kernel.threads = this.#nodes;
    this.#names = new NameOwner(kernel, this.#memory);
    kernel.names = this.#names;
    this.#store = new StoreOwner(kernel);
    installStore(this.#store);
    kernel.placement = (thread) => this.#place(thread);
    this.#watchdog = new Watchdog(options.stuckAfterMs ?? 2000);
    this.#limit = new RestartLimit(options.maxRestarts ?? 5, (options.maxRestartSeconds ?? 60) * 1000);
  }

  /** Resolves when all schedulers have loaded their entry module; rejects with the first one's error. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: Math.max(1, this.#options.schedulers) }, () => this.#startThread()));
    this.#watching = setInterval(() => this.#watch(), WATCH_MS);
    this.#watching.unref();
  }

  /** The schedulers that run, oldest first. */
  get running(): number[] {
    return [...this.#schedulers.values()].filter(isServing).map((scheduler) => scheduler.number);
  }

  /** Takes application frames of that kind from schedulers. */
  onFrame(kind: number, handler: (thread: number, payload: Buffer) => void): void {
    this.#handlers.set(kind, handler);
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
    this.stopReplacing();
    if (this.#watching !== null) clearInterval(this.#watching);
    await Promise.all(
      [...this.#schedulers.values()].map(async (scheduler) => {
        const stopped = new Promise<void>((resolve) => {
          scheduler.worker.on('message', (message: { type: string }) => message.type === 'stopped' && resolve());
          scheduler.worker.on('exit', () => resolve());
        });
        this.#control(scheduler.number, { type: 'stop' });
        await withTimeout(stopped, timeoutMs);
        scheduler.gone = true;
        await scheduler.worker.terminate();
        this.#forget(scheduler);
      }),
    );
  }

  // ---------------------------------------------------------------- starting

  #startThread(): Promise<SchedulerThread> {
    const number = this.#nextThread++;
    const pulse = new SharedArrayBuffer(4);
    const bell = bellMemory();
    const nameAnswer = new SharedArrayBuffer(ANSWER_WORDS * 4);
    const names = new MessageChannel();
    const store = new MessageChannel();
    const storeAnswer = new SharedArrayBuffer(STORE_ANSWER_WORDS * 4);
    const lanes = [this.#laneToGateway(number, bell), ...this.#lanesToOthers(number, bell)];
    const data: SchedulerStart = {
      node: this.kernel.here.node,
      incarnation: this.kernel.here.incarnation,
      thread: number,
      entry: this.#options.entry,
      host: this.#options.host ?? null,
      data: this.#options.data,
      names: this.#memory,
      nameAnswer,
      namePort: names.port2,
      pulse,
      bell,
      lanes,
      store: { port: store.port2, answer: storeAnswer, counters: this.#store.counters },
      strictMessages: this.#options.strictMessages ?? false,
    };
    const worker = new Worker(new URL('./scheduler-thread.js', import.meta.url), {
      workerData: data,
      transferList: [names.port2, store.port2, ...lanes.map((lane) => lane.port)],
      ...(this.#options.resourceLimits === undefined ? {} : { resourceLimits: this.#options.resourceLimits }),
    });
    const scheduler: SchedulerThread = {
      number,
      worker,
      pulse: new Int32Array(pulse),
      bell,
      names: names.port1,
      store: store.port1,
      ready: false,
      gone: false,
      ending: false,
      leaving: null,
    };
    const answer = new Int32Array(nameAnswer);
    names.port1.on('message', (request: NameRequest) => {
      // A request that the dead thread has left behind would give the name to nobody, for ever.
      if (!scheduler.gone) answerNameRequest(this.#names, answer, request);
    });
    names.port1.unref();
    const stored = new Int32Array(storeAnswer);
    store.port1.on('message', (request: StoreRequest | Uint8Array) => {
      if (scheduler.gone) return;
      const asked = request instanceof Uint8Array ? (this.#codec.decode(request) as StoreRequest) : request;
      answerStoreRequest(this.#store, store.port1, stored, asked);
    });
    store.port1.unref();
    this.#schedulers.set(number, scheduler);
    for (const other of this.#schedulers.values()) {
      if (other.leaving !== null) this.#control(number, { type: 'leaving', thread: other.number });
    }
    return this.#started(scheduler);
  }

  #started(scheduler: SchedulerThread): Promise<SchedulerThread> {
    const { worker, number } = scheduler;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => failed(new Error(`the application did not load within ${this.#options.startTimeoutMs ?? 30_000} ms`)),
        this.#options.startTimeoutMs ?? 30_000,
      );
      const failed = (error: unknown): void => {
        clearTimeout(timer);
        if (scheduler.ready || scheduler.gone) return;
        scheduler.gone = true;
        this.#bury(scheduler);
        void worker.terminate();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      worker.on('message', (message: SchedulerReport) => {
        if (message.type === 'failed') failed(this.#codec.decode(message.error));
        if (message.type === 'unread') this.#unread(number, message.thread);
        if (message.type === 'full') this.#recycle(scheduler, describeHeap(message));
        if (message.type === 'ended' && scheduler.leaving !== null) this.#lost(scheduler, 'recycled', scheduler.leaving.why);
        if (message.type !== 'ready' || scheduler.gone) return;
        clearTimeout(timer);
        scheduler.ready = true;
        this.#watchdog.watch(number, Atomics.load(scheduler.pulse, 0));
        this.#events.up(number, message.spec);
        resolve(scheduler);
      });
      worker.on('error', (error) => (scheduler.ready ? this.#lost(scheduler, 'error', error) : failed(error)));
      worker.on('exit', (code) =>
        scheduler.ready
          ? this.#lost(scheduler, 'exited', code)
          : failed(new Error(`the thread ended with code ${code} while loading the application`)),
      );
    });
  }

  #laneToGateway(thread: number, bell: SharedArrayBuffer): LaneParts {
    const { atA, atB } = connectThreads({ thread: 0, bell: this.#bell.memory }, { thread, bell });
    const from = this.#address(thread);
    const receive: FrameVisitor = (kind, bytes, start, end) => this.#received(from, kind, bytes, start, end);
    this.carrier.addLane(new Lane(atA, this.#laneEvents, receive));
    this.#lanes.woken();
    this.#nodes.introduce(thread);
    return atB;
  }

  #lanesToOthers(thread: number, bell: SharedArrayBuffer): LaneParts[] {
    const ends: LaneParts[] = [];
    for (const other of this.#schedulers.values()) {
      if (other.gone) continue;
      const { atA, atB } = connectThreads({ thread: other.number, bell: other.bell }, { thread, bell });
      other.worker.postMessage({ type: 'lane', parts: atA } satisfies NewLane, [atA.port]);
      ends.push(atB);
    }
    return ends;
  }

  #received(from: Address, kind: number, bytes: Buffer, start: number, end: number): void {
    const { thread } = from;
    if (kind === SIGNAL) this.carrier.received(from, bytes, start, end);
    else if (kind === SIGNAL_ATTACHED) this.carrier.receivedAttached(from, bytes, start, end);
    else if (kind === NODE_SIGNAL) this.#nodes.signal(thread, bytes.subarray(start, end));
    else if (kind === CONTROL) this.#controlled(thread, this.#codec.decodeRange(bytes, start, end) as NodeControl | Ending);
    else if (kind >= FIRST_APPLICATION_FRAME && this.#schedulers.get(thread)?.ending === false)
      this.#handlers.get(kind)?.(thread, bytes.subarray(start, end));
  }

  #controlled(thread: number, message: NodeControl | Ending): void {
    if (message.type !== 'ending') {
      this.#nodes.control(thread, message);
      return;
    }
    const scheduler = this.#schedulers.get(thread);
    if (scheduler !== undefined) scheduler.ending = true;
  }

  // ---------------------------------------------------------------- watching and replacing

  #watch(): void {
    if (inspectorUrl() !== undefined) return;
    for (const thread of this.#watchdog.tick(performance.now(), (number) =>
      Atomics.load((this.#schedulers.get(number) as SchedulerThread).pulse, 0),
    )) {
      this.#lost(this.#schedulers.get(thread) as SchedulerThread, 'stuck', undefined);
    }
  }

  /** Declares a thread dead: its replacement is on its way before anybody hears of the death, and only then it is ended. */
  #lost(scheduler: SchedulerThread, reason: ThreadDownReason, detail: unknown): void {
    if (scheduler.gone) return;
    scheduler.gone = true;
    this.#schedulers.delete(scheduler.number);
    if (scheduler.leaving !== null) clearTimeout(scheduler.leaving.timer);
    else if (!this.#stopping) this.#replace(reason, detail);
    this.#bury(scheduler);
    // It may have died between ringing a bell and waking the thread the bell belongs to.
    for (const lane of this.carrier.lanes()) lane.wake();
    this.#lanes.woken();
    this.#events.down(scheduler.number, reason, detail);
    void this.#terminate(scheduler);
  }

  /** Its names are free, and all threads and nodes hear that its processes are gone: also those that were about to start there. */
  #bury(scheduler: SchedulerThread): void {
    this.#forget(scheduler);
    this.#names.releaseThread(scheduler.number);
    for (const other of this.#schedulers.values()) this.#control(other.number, { type: 'threadDown', thread: scheduler.number });
    this.kernel.addressDown(this.#address(scheduler.number));
    this.#nodes.threadDown(scheduler.number);
  }

  #recycle(scheduler: SchedulerThread, why: string | undefined): void {
    if (scheduler.gone || scheduler.leaving !== null || this.#stopping) return;
    const timer = setTimeout(() => this.#lost(scheduler, 'recycled', why), this.#options.recycleTimeoutMs ?? 1_000);
    scheduler.leaving = { why, timer };
    for (const other of this.#schedulers.values()) this.#control(other.number, { type: 'leaving', thread: scheduler.number });
    this.#control(scheduler.number, { type: 'recycle' });
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

  async #terminate(scheduler: SchedulerThread): Promise<void> {
    this.writtenOff++;
    await scheduler.worker.terminate();
    this.writtenOff--;
  }

  #forget(scheduler: SchedulerThread): void {
    this.#watchdog.forget(scheduler.number);
    this.#schedulers.delete(scheduler.number);
    this.carrier.dropLane(scheduler.number);
    scheduler.names.close();
    scheduler.store.close();
  }

  #control(thread: number, message: Control): void {
    const lane = this.carrier.lane(thread);
    if (lane === undefined) return;
    lane.out.write(CONTROL, this.#codec.encode(message));
    lane.flush();
  }

  #address(thread: number): Address {
    const { node, incarnation } = this.kernel.here;
    return this.kernel.address(node, incarnation, thread);
  }

  // ---------------------------------------------------------------- placement

  #turn = 0;

  /** A placement of a process that the gateway starts: on a scheduler, unless none runs or it is to be `same`. */
  #place(where: Placement): Address {
    if (typeof where === 'object' && 'scheduler' in where) return this.#address(where.scheduler);
    const all = [...this.#schedulers.values()];
    const serving = all.filter(isServing);
    const candidates = (serving.length > 0 ? serving : all).map(({ number: thread }) => ({
      thread,
      load: () => this.carrier.lane(thread)?.bell.load ?? 0,
    }));
    if (where === 'same' || candidates.length === 0) return this.kernel.here;
    const { thread } = choose(where, candidates, -1, where === 'spread' ? this.#turn++ : 0);
    this.carrier.lane(thread)?.bell.placed();
    return this.#address(thread);
  }
}

function isServing({ ready, leaving }: SchedulerThread): boolean {
  return ready && leaving === null;
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
