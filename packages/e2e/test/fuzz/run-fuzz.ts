import { isDeepStrictEqual } from 'node:util';
import { startConformance } from '../clients/conformance-server.js';
import { Fuzzer } from './fuzzer.js';
import { usePresence, ValidPair } from './valid-pair.js';

/** What the server holds; the garbage has been collected. */
interface Held {
  /** By class. */
  readonly processes: { readonly [behaviour: string]: number };
  readonly heapUsed: number;
}

export interface FuzzResult {
  readonly sent: Fuzzer['sent'];
  readonly rounds: number;
  readonly before: Held;
  readonly after: Held;
  readonly problems: readonly string[];
}

/** Fuzzes a server on one thread with about so many frames and requests, while well-behaved clients use it. */
export async function runFuzz(adapter: 'uws' | 'node', seed: number, inputs: number): Promise<FuzzResult> {
  const problems: string[] = [];
  let said = '';
  const onOutput = (text: string): void => {
    const stray = /error outside of every process[\s\S]{0,500}|uncaught[\s\S]{0,500}/i.exec(text);
    said = text.slice(-2000);
    if (stray !== null) problems.push(stray[0]);
  };
  const { child, port } = await startConformance({ adapter, schedulers: 0 }, { nodeArgs: ['--expose-gc'], quiet: onOutput });
  const held = async (): Promise<Held> => (await (await fetch(`http://127.0.0.1:${port}/_stats`)).json()) as Held;
  const fuzzer = new Fuzzer(port, seed);
  let rounds = 0;
  try {
    await usePresence(port);
    const pairs = [await ValidPair.open(port, 'a'), await ValidPair.open(port, 'b')];
    const idle = await held();
    /** Everything that fuzzed clients had is gone again: the last sessions of long-polling after two windows. */
    const settled = async (): Promise<Held> => {
      for (let attempt = 0; ; attempt++) {
        const now = await held();
        if (isDeepStrictEqual(now.processes, idle.processes)) return now;
        if (attempt === 200)
          throw new Error(`processes are left: ${JSON.stringify(now.processes)} instead of ${JSON.stringify(idle.processes)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const fuzz = async (some: number): Promise<Held> => {
      let running = true;
      const rest = fuzzer.run(some).finally(() => {
        running = false;
      });
      while (running) {
        await Promise.all(pairs.map((pair) => pair.round()));
        rounds++;
      }
      await rest;
      return settled();
    };
    const before = await fuzz(inputs / 4);
    const after = await fuzz(inputs - inputs / 4);
    for (const pair of pairs) pair.close();
    const exit = await child.kill(20_000);
    if (exit.code !== 0) problems.push(`the server ended with ${exit.signal ?? exit.code}`);
    return { sent: fuzzer.sent, rounds, before, after, problems: [...problems, ...fuzzer.problems] };
  } catch (error) {
    const state = child.running ? `the server runs; it said last:\n${said}` : `the server has ended; it said last:\n${said}`;
    throw new Error(
      `${(error as Error).message}; sent: ${JSON.stringify(fuzzer.sent)}; ${[...problems, ...fuzzer.problems, state].join('\n')}`,
    );
  } finally {
    await child.kill();
  }
}
