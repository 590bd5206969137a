import { Worker } from 'node:worker_threads';

/** One piece of work: a function's source, or a module's export. */
export interface Job {
  readonly source: string | null;
  readonly module: string | null;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type JobResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown; readonly code: unknown };

/** What becomes of a job: its result, or that its worker ended before. Told once. */
export interface JobListener {
  done(result: JobResult): void;
  ended(reason: unknown): void;
}

interface Entry {
  readonly job: Job;
  readonly listener: JobListener;
  worker: Worker | null;
}

const IDLE_MS = 10_000;

/** Workers of one thread for work that blocks: started when needed, at most so many, ended when idle. */
export class BlockingPool {
  readonly #max: number;
  readonly #waiting: Entry[] = [];
  readonly #running = new Map<Worker, Entry>();
  readonly #idle = new Map<Worker, NodeJS.Timeout>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The number of workers that are there. */
  get size(): number {
    return this.#running.size + this.#idle.size;
  }

  /** Runs the job when a worker is free; returns what kills it. Throws what `postMessage` throws for arguments it cannot clone. */
  run(job: Job, listener: JobListener): () => void {
    // Refused here, not when its turn comes.
    structuredClone(job.args);
    const entry: Entry = { job, listener, worker: null };
    const [idle] = this.#idle.keys();
    if (idle !== undefined) this.#give(idle, entry);
    else if (this.size < this.#max) this.#give(this.#start(), entry);
    else this.#waiting.push(entry);
    return () => this.#kill(entry);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    worker.unref();
    let reason: unknown;
    worker.on('message', (result: JobResult) => {
      const entry = this.#running.get(worker);
      if (entry === undefined) return;
      this.#running.delete(worker);
      this.#next(worker);
      entry.listener.done(result);
    });
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', (code) => {
      this.#forget(worker, reason ?? `its thread ended with code ${code}`);
    });
    return worker;
  }

  #give(worker: Worker, entry: Entry): void {
    clearTimeout(this.#idle.get(worker));
    this.#idle.delete(worker);
    entry.worker = worker;
    this.#running.set(worker, entry);
    worker.postMessage(entry.job);
  }

  #next(worker: Worker): void {
    const entry = this.#waiting.shift();
    if (entry !== undefined) this.#give(worker, entry);
    else this.#idle.set(worker, setTimeout(() => this.#end(worker), IDLE_MS).unref());
  }

  #end(worker: Worker): void {
    clearTimeout(this.#idle.get(worker));
    this.#idle.delete(worker);
    void worker.terminate();
  }

  /** A worker has ended: what it ran fails, what waits gets another one. */
  #forget(worker: Worker, reason: unknown): void {
    const entry = this.#running.get(worker);
    this.#running.delete(worker);
    clearTimeout(this.#idle.get(worker));
    this.#idle.delete(worker);
    const waiting = this.#waiting.length > 0 && this.size < this.#max ? this.#waiting.shift() : undefined;
    if (waiting !== undefined) this.#give(this.#start(), waiting);
    entry?.listener.ended(reason);
  }

  #kill(entry: Entry): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
    const { worker } = entry;
    if (worker === null || this.#running.get(worker) !== entry) return;
    // Native code may keep it for a while; its place is free at once.
    this.#running.delete(worker);
    void worker.terminate();
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) this.#give(this.#start(), waiting);
  }
}
