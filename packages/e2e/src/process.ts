import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { guardGroup, spareGroup } from './guard.js';

const TIMEOUT_MS = 30_000;
const GRACE_MS = 5_000;

export interface StartOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  /** `start` resolves when the output shows this; without it, as soon as the process runs. */
  readonly ready?: RegExp;
  /** For `ready`. 30,000 by default. */
  readonly timeoutMs?: number;
  /** Given the output too, as it comes. */
  readonly onOutput?: (text: string) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WaitOptions {
  /** Where in `output` to start looking: `child.output.length` means from now on. 0 by default. */
  readonly from?: number;
  /** 30,000 by default. */
  readonly timeoutMs?: number;
}

/** A child process in a group of its own. What is left of the group ends with it, and it ends with the test process. */
export class Child {
  readonly pid: number;
  /** When the process has ended and all its output is here. */
  readonly exited: Promise<Exit>;
  /** Standard output and standard error as they came. */
  output = '';
  #exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #command: string;
  readonly #changed = new Set<() => void>();

  constructor(child: ChildProcess, pid: number, command: string, onOutput: ((text: string) => void) | undefined) {
    this.pid = pid;
    this.#child = child;
    this.#command = command;
    guardGroup(pid);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        onOutput?.(text);
        this.#notify();
      });
    }
    child.once('exit', () => {
      signalGroup(pid, 'SIGKILL');
      spareGroup(pid);
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        this.#notify();
        resolve(this.#exit);
      });
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** To the process itself, not to its group. Nothing happens when it has ended. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks the process to end, and makes it end if it has not after `graceMs`. */
  async kill(graceMs: number = GRACE_MS): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => signalGroup(this.pid, 'SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** The first match in the output; rejects when the process ends without one. */
  waitFor(pattern: RegExp, options: WaitOptions = {}): Promise<RegExpExecArray> {
    const { from = 0, timeoutMs = TIMEOUT_MS } = options;
    return new Promise((resolve, reject) => {
      const settle = (match: RegExpExecArray | null, problem: string): void => {
        this.#changed.delete(look);
        clearTimeout(timer);
        if (match !== null) resolve(match);
        else reject(new Error(`${this.#command} ${problem} ${pattern}; its last output:\n${this.output.slice(-2_000)}`));
      };
      const look = (): void => {
        const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(this.output.slice(from));
        if (match !== null) settle(match, '');
        else if (this.#exit !== undefined) settle(null, `ended (${this.#exit.signal ?? this.#exit.code}) before it printed`);
      };
      const timer = setTimeout(() => settle(null, `did not print within ${timeoutMs} ms`), timeoutMs);
      this.#changed.add(look);
      look();
    });
  }

  #notify(): void {
    for (const look of [...this.#changed]) look();
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // nobody left in it
  }
}

/** Starts a program; resolves when it is ready. */
export async function start(command: string, args: readonly string[] = [], options: StartOptions = {}): Promise<Child> {
  const env = { ...process.env, ...options.env };
  const spawned = spawn(command, args, { cwd: options.cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  if (spawned.pid === undefined) {
    const [error] = (await once(spawned, 'error')) as [Error];
    throw new Error(`${command} could not be started: ${error.message}`, { cause: error });
  }
  const child = new Child(spawned, spawned.pid, command, options.onOutput);
  try {
    if (options.ready !== undefined) await child.waitFor(options.ready, { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  } catch (error) {
    await child.kill();
    throw error;
  }
  return child;
}

/** Starts a script with this node. */
export function startNode(script: string, args: readonly string[] = [], options: StartOptions = {}): Promise<Child> {
  return start(process.execPath, [script, ...args], options);
}
