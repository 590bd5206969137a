import { installKernel } from '@rekindle/kernel/internal';
import { Simulation } from './simulation.js';

/** What a simulation is like. */
export interface SimOptions {
  /** Kernels, as the threads of one node with one table of names. Default 1. */
  readonly threads?: number;
  /** The longest time that a signal between threads takes, in virtual milliseconds. Default 5. */
  readonly maxDelayMs?: number;
  /** The longest time that handling one message takes, in virtual milliseconds. Default 0.1. */
  readonly maxStepMs?: number;
  /** Messages within a thread are copied, as in development. Default true. */
  readonly strictMessages?: boolean;
  /** A run that takes more steps fails: something goes round in circles. Default 100,000. */
  readonly maxSteps?: number;
}

/** A simulated node, as the program that runs on it sees it. */
export interface SimWorld {
  /** Virtual milliseconds since the start. */
  readonly now: number;
  /** How many threads there are. */
  readonly threads: number;
  /** Uniform in [0, 1), given by the seed: what a program has to use instead of `Math.random`. */
  random(): number;
  /**
   * Runs `act`, at once, on that thread: `spawn`, `start` and the other bare verbs act there. Outside of `on` the program is on
   * thread 0. What `act` is given and what it answers, or promises, crosses to the other thread as a message does: give it
   * the pids that it needs as `args`, for those that it finds in its closure are the program's own.
   */
  on<A extends readonly unknown[], T>(thread: number, act: (...args: A) => T, ...args: A): T;
  /** Processes alive on a thread. */
  alive(thread: number): number;
  /** Ends a thread with all its processes: for the others it is gone, with all that it had sent and that has not arrived. */
  kill(thread: number): void;
  /** Puts a line into the trace. */
  note(text: string): void;
}

/** What a simulation runs. It may await what the kernel promises (`call`, `start`, `sleep`, ...), and nothing else. */
export type SimProgram<T> = (world: SimWorld) => T | Promise<T>;

/** How a run went. Two runs with the same seed and program have the same `hash`. */
export interface SimRun<T> {
  readonly seed: number;
  readonly value: T;
  /** What happened, one line each: processes that ran, signals, timers, notes. The last 2,000 of them. */
  readonly trace: readonly string[];
  /** How many things have happened. */
  readonly steps: number;
  /** Of the whole trace. */
  readonly hash: string;
}

/** A run that failed: `cause` is what the program threw, `seed` repeats it. */
export class SimError extends Error {
  override readonly name = 'SimError';
  readonly seed: number;
  readonly trace: readonly string[];
  readonly hash: string;

  constructor(seed: number, what: string, { lines, hash }: Simulation['trace'], cause?: unknown) {
    super(
      `seed ${seed}: ${what}\nSIM_SEED=${seed} repeats it. It ended with\n  ${lines.slice(-20).join('\n  ')}`,
      cause === undefined ? {} : { cause },
    );
    this.seed = seed;
    this.trace = lines;
    this.hash = hash;
  }
}

const DEFAULTS: Required<SimOptions> = { threads: 1, maxDelayMs: 5, maxStepMs: 0.1, strictMessages: true, maxSteps: 100_000 };

let running = false;

/**
 * Runs programs on kernels under a scheduler that decides by a seed which process handles its next message, when a signal
 * arrives and which timer comes first. Time is virtual. What is promised (the order of signals from one process to another, a
 * message at a time) holds; everything else varies with the seed, so that races show.
 */
export const sim = {
  /**
   * Runs `program` once. Resolves when the program does; rejects with a `SimError` if it throws, awaits something that
   * nothing can settle any more, or takes too many steps. The same seed and program take the same course. One at a time.
   */
  async run<T>(seed: number, program: SimProgram<T>, options: SimOptions = {}): Promise<SimRun<T>> {
    const settings = checked(options);
    if (running) throw new Error('sim.run: expected one simulation at a time on a thread, another one is still running');
    running = true;
    const simulation = new Simulation(seed, settings);
    const before = simulation.install();
    try {
      return await play(simulation, seed, program, settings.maxSteps);
    } finally {
      installKernel(before);
      running = false;
    }
  },

  /**
   * Runs `program` with that many seeds; the first failure rejects and names its seed. The seeds follow one that the time of
   * day gives; with `SIM_SEED` in the environment only that one runs.
   */
  async check<T>(runs: number, program: SimProgram<T>, options: SimOptions = {}): Promise<SimRun<T>[]> {
    const given = process.env.SIM_SEED;
    const first = given === undefined ? Date.now() % 2 ** 31 : Number(given);
    if (!Number.isInteger(first)) throw new RangeError(`SIM_SEED: expected an integer, got '${given}'`);
    const done: SimRun<T>[] = [];
    for (let i = 0; i < (given === undefined ? runs : 1); i++) done.push(await sim.run((first + i) | 0, program, options));
    return done;
  },
};

async function play<T>(simulation: Simulation, seed: number, program: SimProgram<T>, maxSteps: number): Promise<SimRun<T>> {
  const { trace } = simulation;
  let outcome: { value: T } | { error: unknown } | undefined;
  const settle = (result: { value: T } | { error: unknown }): void => {
    outcome = result;
  };
  Promise.resolve()
    .then(() => program(simulation))
    .then(
      (value) => settle({ value }),
      (error: unknown) => settle({ error }),
    );
  await stretch();
  let steps = 0;
  for (; outcome === undefined; steps++) {
    if (steps === maxSteps) throw new SimError(seed, `the program is not done after ${maxSteps} steps`, trace);
    if (!simulation.step()) throw new SimError(seed, 'the program waits for something that cannot happen any more', trace);
    await stretch();
  }
  if ('error' in outcome) {
    const { error } = outcome;
    throw new SimError(seed, error instanceof Error ? error.message : String(error), trace, error);
  }
  return { seed, value: outcome.value, trace: trace.lines, steps, hash: trace.hash };
}

/** Lets everything that waits for a promise go on: what JavaScript does between two steps. */
function stretch(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function checked(options: SimOptions): Required<SimOptions> {
  const settings = { ...DEFAULTS, ...options };
  const { threads, maxDelayMs, maxStepMs, maxSteps } = settings;
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`threads: expected an integer from 1, got ${String(threads)}`);
  for (const [name, value] of Object.entries({ maxDelayMs, maxStepMs, maxSteps })) {
    if (!(value >= 0)) throw new RangeError(`${name}: expected a number from 0, got ${String(value)}`);
  }
  return settings;
}
