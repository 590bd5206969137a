import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Codec } from '@rekindle/kernel/internal';
import type { LaneParts } from './lane.js';
import { ForeignPulse, pulseMemory } from './pulse.js';
import type { FromGateway, SchedulerReport, SchedulerStart } from './scheduler.js';
import { answerStoreRequest, type StoreOwner } from './shared/store.js';
import { STORE_ANSWER_WORDS, type StoreRequest } from './shared/store-client.js';
import { ANSWER_WORDS, answerNameRequest, type NameOwner, type NameRequest } from './shared-names.js';
import type { ResourceLimits } from './threads-options.js';

/** What a scheduler asks the gateway for while it waits. */
export interface Owners {
  readonly names: NameOwner;
  readonly store: StoreOwner;
  readonly codec: Codec;
}

type Given = Omit<SchedulerStart, 'pulse' | 'nameAnswer' | 'namePort' | 'store'>;

/** A scheduler thread as the gateway sees it, from its start to its end. */
export class SchedulerWorker {
  readonly number: number;
  readonly worker: Worker;
  readonly bell: SharedArrayBuffer;
  readonly pulse: ForeignPulse;
  /** Its requests for names, and for changes of shared state. */
  readonly #ports: readonly MessagePort[];
  ready = false;
  gone = false;
  /** Its processes are being ended: sockets stay, whatever these would do with them. */
  ending = false;
  /** It is being recycled. */
  leaving: { readonly why: string | undefined; readonly timer: NodeJS.Timeout } | null = null;

  constructor(given: Given, owners: Owners, resourceLimits: ResourceLimits | undefined) {
    this.number = given.thread;
    this.bell = given.bell;
    const pulse = pulseMemory();
    const nameAnswer = new SharedArrayBuffer(ANSWER_WORDS * 4);
    const storeAnswer = new SharedArrayBuffer(STORE_ANSWER_WORDS * 4);
    const names = new MessageChannel();
    const store = new MessageChannel();
    const data: SchedulerStart = {
      ...given,
      nameAnswer,
      namePort: names.port2,
      pulse,
      store: { port: store.port2, answer: storeAnswer, counters: owners.store.counters },
    };
    this.worker = new Worker(new URL('./scheduler-thread.js', import.meta.url), {
      workerData: data,
      transferList: [names.port2, store.port2, ...given.lanes.map((lane: LaneParts) => lane.port)],
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    const { worker } = this;
    this.pulse = new ForeignPulse(pulse, () => worker.performance.eventLoopUtilization().idle);
    this.#ports = [names.port1, store.port1];
    const answer = new Int32Array(nameAnswer);
    names.port1.on('message', (request: NameRequest) => {
      // A request that the dead thread has left behind would give the name to nobody, for ever.
      if (!this.gone) answerNameRequest(owners.names, answer, request);
    });
    const stored = new Int32Array(storeAnswer);
    store.port1.on('message', (request: StoreRequest | Uint8Array) => {
      if (this.gone) return;
      const asked = request instanceof Uint8Array ? (owners.codec.decode(request) as StoreRequest) : request;
      answerStoreRequest(owners.store, store.port1, stored, asked);
    });
    for (const port of this.#ports) port.unref();
  }

  /** To be called now and then: a thread that works again after a rest is to look after itself more often. */
  look(now: number): void {
    if (this.ready && this.pulse.worksResting(now)) this.tell({ type: 'hurry' });
  }

  tell(message: FromGateway, transfer: readonly MessagePort[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  /** Whether processes may be started there. */
  get serving(): boolean {
    return this.ready && this.leaving === null;
  }

  /**
   * Resolves with what its entry module has answered, rejects with why that did not load. Never settles when the thread is
   * given up meanwhile.
   */
  loaded(timeoutMs: number, codec: Codec): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const failed = (error: unknown): void => {
        clearTimeout(timer);
        if (!this.ready && !this.gone) reject(error instanceof Error ? error : new Error(String(error)));
      };
      const timer = setTimeout(() => failed(new Error(`the application did not load within ${timeoutMs} ms`)), timeoutMs);
      this.worker.on('message', (message: SchedulerReport) => {
        if (message.type === 'failed') failed(codec.decode(message.error));
        if (message.type !== 'ready' || this.gone) return;
        clearTimeout(timer);
        this.ready = true;
        resolve(message.spec);
      });
      this.worker.on('error', failed);
      this.worker.on('exit', (code) => failed(new Error(`the thread ended with code ${code} while loading the application`)));
    });
  }

  closePorts(): void {
    for (const port of this.#ports) port.close();
  }
}
