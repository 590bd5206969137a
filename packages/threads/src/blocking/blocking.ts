import { availableParallelism } from 'node:os';
import { MisuseError } from '@rekindle/kernel';
import { attach, current, detach, Owned, settleFor } from '@rekindle/kernel/internal';
import { BlockingPool, type Job } from './pool.js';

export type BlockingErrorCode = 'timeout' | 'failed' | 'exit';

/** `timeout`; `failed`, with what was thrown as `cause`; `exit`: its thread ended, `cause` says how. */
export class BlockingError extends Error {
  override readonly name = 'BlockingError';
  readonly code: BlockingErrorCode;
  constructor(code: BlockingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** How `blocking` runs its work. */
export interface BlockingOptions {
  /** Then the work is killed: 1 to 2,147,483,647, or `Infinity`. Waiting for a free worker counts. Default 60,000. */
  readonly timeoutMs?: number;
}

/** A function of a module: its URL, and the name of the export, `default` if it is not given. */
export interface BlockingModule {
  readonly module: URL | string;
  readonly export?: string;
}

const DEFAULT_TIMEOUT_MS = 60_000;
let pool: BlockingPool | null = null;

/**
 * Runs work that computes for long or blocks on a worker apart from the schedulers, so that actors run on meanwhile. A
 * function crosses as its text: it sees its arguments and globals, nothing of where it was written, and no imports but
 * `await import(...)`; whatever needs more is a function of a module. Arguments and result are copied as by
 * `structuredClone`. When the process that waits for it ends, or its time is up, the work is killed, synchronous code too;
 * its worker is replaced. Each scheduler has at most as many workers as the machine has cores; more work waits its turn.
 *
 * Rejects with a `BlockingError`. Throws `badarg` or `bad_option` for bad input and `not_sendable` for arguments that cannot
 * be cloned. It has no counterpart in OTP, whose schedulers take turns with any process.
 */
export function blocking<A extends readonly unknown[], R>(fn: (...args: A) => R, args: A, options?: BlockingOptions): Promise<Awaited<R>>;
export function blocking<R = unknown>(module: BlockingModule, args: readonly unknown[], options?: BlockingOptions): Promise<R>;
export function blocking(
  what: ((...args: never[]) => unknown) | BlockingModule,
  args: readonly unknown[],
  { timeoutMs = DEFAULT_TIMEOUT_MS }: BlockingOptions = {},
): Promise<unknown> {
  const job = jobOf(what, args);
  if (timeoutMs !== Number.POSITIVE_INFINITY && !(timeoutMs >= 1 && timeoutMs <= 2_147_483_647)) {
    throw new MisuseError('bad_option', `blocking: timeoutMs: expected 1 to 2,147,483,647 or Infinity, got ${String(timeoutMs)}`);
  }
  pool ??= new BlockingPool(availableParallelism());
  const owner = current;
  return new Promise((resolve, reject) => {
    const run = new Run();
    let timer: NodeJS.Timeout | undefined;
    const settle = (settler: (value: never) => void, value: unknown): void => {
      clearTimeout(timer);
      if (run.owner !== null) detach(run);
      settleFor(owner, settler, value);
    };
    try {
      run.kill = (pool as BlockingPool).run(job, {
        done(result) {
          if (result.ok) settle(resolve as (value: never) => void, result.value);
          else settle(reject, new BlockingError('failed', `the work failed: ${messageOf(result.error)}`, { cause: causeOf(result) }));
        },
        ended: (reason) => settle(reject, new BlockingError('exit', `the work's thread ended: ${messageOf(reason)}`, { cause: reason })),
      });
    } catch (error) {
      throw new MisuseError('not_sendable', `blocking: the arguments cannot be copied to another thread: ${messageOf(error)}`);
    }
    if (owner !== null) attach(owner, run);
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(() => {
      run.kill();
      settle(reject, new BlockingError('timeout', `the work took longer than ${timeoutMs} ms and was killed`));
    }, timeoutMs);
  });
}

/** Work under way; ends with the process that waits for it. */
class Run extends Owned {
  kill: () => void = () => {};
  override release(): void {
    this.kill();
  }
}

function jobOf(what: unknown, args: readonly unknown[]): Job {
  if (!Array.isArray(args)) throw new MisuseError('badarg', `blocking: expected the arguments as an array, got ${typeof args}`);
  if (typeof what === 'function') {
    const source = what.toString();
    if (source.includes('[native code]'))
      throw new MisuseError('badarg', `blocking: '${what.name}' is native or bound and has no text to send`);
    return { source, module: null, name: '', args };
  }
  const { module, export: name = 'default' } = (what ?? {}) as Partial<BlockingModule>;
  const url = module instanceof URL ? module.href : module;
  if (typeof url !== 'string') throw new MisuseError('badarg', `blocking: expected a function or { module, export }, got ${typeof what}`);
  return { source: null, module: url, name, args };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Cloning keeps an error's name, message and stack; its code comes beside it. */
function causeOf({ error, code }: { readonly error: unknown; readonly code: unknown }): unknown {
  return error instanceof Error && code !== undefined ? Object.assign(error, { code }) : error;
}
