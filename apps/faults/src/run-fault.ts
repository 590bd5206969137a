import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Seen } from './clients.js';
import type { Fault, Outcome } from './faults.js';

export interface Result extends Seen {
  readonly outcome: Outcome;
  readonly threadsReplaced: number;
  /** What the process ended with: by itself, or when it was asked to stop. */
  readonly exitCode: number | null;
  readonly output: string;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** One fault in a fresh process, under the load of so many clients. */
export async function runFault(fault: Fault, clients: number): Promise<Result> {
  const server = spawn(process.execPath, [file('server.js')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void server.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-200_000)));
  let ended: number | null | undefined;
  const exited = new Promise<void>((resolve) =>
    server.on('exit', (code) => {
      ended = code;
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
    const hard = setTimeout(() => server.kill('SIGKILL'), 30_000);
    await exited;
    clearTimeout(hard);
  }
  process.off('exit', kill);
  const threadsReplaced = output.match(/a new one takes over/g)?.length ?? 0;
  return { ...seen, outcome: outcomeOf(seen, survived, threadsReplaced), threadsReplaced, exitCode: ended ?? null, output };
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
  if (fault.expected === 'process ends') return wrong;
  // Node waits for its threads when it exits, and nothing ends a thread inside a native call.
  if (result.exitCode !== 0 && fault.native !== true) wrong.push(`it stopped with ${result.exitCode}`);
  if (result.kept !== result.clients) wrong.push(`${result.clients - result.kept} of ${result.clients} sockets were lost`);
  if (!result.serves) wrong.push('the actor does not serve again');
  if (fault.expected === 'thread replaced' && result.threadsReplaced !== 1) wrong.push(`${result.threadsReplaced} threads were replaced`);
  return wrong;
}
