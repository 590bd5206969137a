import { spawn } from 'node:child_process';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What a program printed as JSON lines, and how it ended. */
export interface Printed {
  readonly lines: Record<string, unknown>[];
  readonly status: number | null;
  /** The end of its stderr. */
  readonly complaint: string;
}

/** Runs a program to its end, or kills it after `timeoutMs`. */
export function runFresh({ command, args, env, cwd }: Program, timeoutMs: number): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => {
      stderr += `\nkilled after ${timeoutMs / 1000} s`;
      child.kill('SIGKILL');
    }, timeoutMs);
    const stop = (): void => void child.kill('SIGKILL');
    process.once('exit', stop);
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      process.off('exit', stop);
      resolve({ lines: stdout.split('\n').filter(isJson).map(parse), status, complaint: stderr.trim() });
    });
  });
}

function isJson(line: string): boolean {
  return line.startsWith('{');
}

function parse(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}
