import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Seen } from './clients.js';
import type { Fault, Outcome } from './faults.js';

export interface Result extends Seen {
  readonly outcome: Outcome;
  readonly threadsReplaced: number;
  /** What the process ended with: by itself, or when it was asked to stop. */
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  /** The process had ended: how long another one takes until it listens. */
  readonly restartMs: number | null;
  readonly output: string;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** One fault in a fresh process, under the load of so many clients. */
export async function runFault(fault: Fault, clients: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-fault-'));
  const server = startServer(folder);
  const kill = (): void => void server.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-200_000)));
  let ended: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  const exited = new Promise<void>((resolve) =>
    server.on('exit', (code, signal) => {
      ended = { code, signal };
      resolve();
    }),
  );
  const port = await lineWith(server, /^listening on (\d+)/);
  const load = spawn(process.execPath, [file('clients.js'), port, String(clients), fault.name], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (fault.signal !== undefined) {
    const { send, after } = fault.signal;
    void lineWith(load, /^(ready)/).then(() => {
      server.kill(send);
      setTimeout(() => server.kill(after.send), after.ms);
    });
  }
  const seen = JSON.parse(await lineWith(load, /^(\{.*)/)) as Seen;
  const survived = ended === undefined;
  if (survived) {
    server.kill('SIGTERM');
    await exited;
  }
  process.off('exit', kill);
  const threadsReplaced = output.match(/a new one takes over/g)?.length ?? 0;
  rmSync(folder, { recursive: true });
  const restartMs = survived ? null : await restart(folder);
  const { code: exitCode = null, signal: exitSignal = null } = ended ?? {};
  const outcome = outcomeOf(seen, survived, threadsReplaced);
  return { ...seen, outcome, threadsReplaced, exitCode, exitSignal, restartMs, output };
}

function startServer(folder: string): ChildProcess & { readonly stdout: Readable; readonly stderr: Readable } {
  return spawn(process.execPath, [file('server.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FAULT_FOLDER: folder },
  });
}

/** Does what a process manager would do. */
async function restart(folder: string): Promise<number> {
  const began = performance.now();
  const server = startServer(folder);
  server.stderr.resume();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  await lineWith(server, /^listening on (\d+)/);
  const took = Math.round(performance.now() - began);
  server.kill('SIGTERM');
  await ended;
  return took;
}

function outcomeOf(seen: Seen, survived: boolean, threadsReplaced: number): Outcome {
  if (!survived) return 'process ends';
  if (threadsReplaced > 0) return 'thread replaced';
  return seen.servesAgainMs === null ? 'unharmed' : 'actor restarted';
}

function lineWith(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const match = pattern.exec(line);
      if (match !== null) resolve(match[1] as string);
    });
    child.on('exit', (code) => reject(new Error(`ended with ${code} before it printed ${pattern}`)));
  });
}

/** What is wrong with what came of it; outcomes only, no times. */
export function problems(fault: Fault, result: Result): string[] {
  const wrong: string[] = [];
  if (result.outcome === fault.or) return wrong;
  if (result.outcome !== fault.expected) wrong.push(`expected '${fault.expected}', got '${result.outcome}'`);
  if (fault.expected === 'process ends') {
    if (result.exitCode !== fault.exitCode) wrong.push(`it ended with ${result.exitCode ?? result.exitSignal}, expected ${fault.exitCode}`);
    if (!result.output.includes('giving up: ')) wrong.push('it did not say why it ended');
    return wrong;
  }
  // Node would wait for a thread inside a native call, so such a process may end by a signal.
  if (result.exitCode !== 0 && !(fault.native === true && result.exitSignal === 'SIGKILL'))
    wrong.push(`it stopped with ${result.exitCode ?? result.exitSignal}`);
  if (result.kept !== result.clients) wrong.push(`sockets were lost: ${JSON.stringify(result.lost)}`);
  if (!result.serves) wrong.push('the actor does not serve again');
  if (fault.expected === 'thread replaced' && result.threadsReplaced !== 1) wrong.push(`${result.threadsReplaced} threads were replaced`);
  return wrong;
}
