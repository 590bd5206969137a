import { pause } from './bell.js';
import { matches, type Pattern } from './patterns.js';
import { type Probe, testProbe } from './probe.js';
import type { Report, Reports } from './reports.js';
import { settle } from './settle.js';
import { show, situation } from './situation.js';
import { world } from './world.js';

/** What an assertion throws: what was expected, what came, and the situation of all processes of the test. */
export class TestAssertionError extends Error {
  override readonly name = 'TestAssertionError';
  constructor(expected: string) {
    const around = situation(world());
    super(around === '' ? expected : `${expected}\n${around}`);
  }
}

/** Whose mailbox an assertion looks into, and for how long. */
export interface ReceiveOptions {
  /** Whose mailbox; default: the test's own, `testPid()`. */
  readonly from?: Probe<never> | Probe;
  /** How long to wait, in real milliseconds. Default 1,000, for `refute...` 50. */
  readonly timeoutMs?: number;
}

export const ASSERT_MS = 1000;
export const REFUTE_MS = 50;

/**
 * Waits for a message that fits, takes it out of the mailbox and answers it. Others stay. Throws with mailboxes and processes
 * if none comes in time. ExUnit: `assert_receive`.
 */
export async function assertReceive<M = unknown>(pattern: Pattern<M>, options: ReceiveOptions = {}): Promise<M> {
  const { timeoutMs = ASSERT_MS } = options;
  const from = (options.from as Probe | undefined) ?? testProbe();
  const found = await from.bell.until(() => from.take((message) => matches(pattern, message)), timeoutMs);
  if (found !== undefined) return found.message as M;
  throw new TestAssertionError(`expected ${from.label} to receive ${show(pattern)} within ${timeoutMs} ms, it did not`);
}

/**
 * Waits until all processes have done what there is to do, and with the real clock `timeoutMs` more, and throws if a message
 * that fits has come. ExUnit: `refute_receive`.
 */
export async function refuteReceive(pattern: Pattern<unknown>, options: ReceiveOptions = {}): Promise<void> {
  const from = (options.from as Probe | undefined) ?? testProbe();
  await quiet(options.timeoutMs);
  const found = from.take((message) => matches(pattern, message));
  if (found !== undefined)
    throw new TestAssertionError(`expected ${from.label} not to receive ${show(pattern)}, it received ${show(found.message)}`);
}

/** What a `refute...` waits for. With virtual time nothing can come once all is quiet. */
export async function quiet(timeoutMs: number = REFUTE_MS): Promise<void> {
  const { kernel, clock } = world();
  if (clock === null) await pause(timeoutMs);
  await settle(kernel);
}

/** All that processes and supervisors of this test have reported so far, oldest first. Elixir: `capture_log`. */
export function capturedReports(): readonly Report[] {
  return world().reports;
}

/** Waits for a report that fits; one that is there already counts. */
export async function assertReport<K extends keyof Reports>(
  kind: K,
  pattern: Pattern<Reports[K]> = {} as Pattern<Reports[K]>,
  { timeoutMs = ASSERT_MS }: { readonly timeoutMs?: number } = {},
): Promise<Reports[K]> {
  const { reports, reported } = world();
  const found = await reported.until(() => reports.find((report) => report.kind === kind && matches(pattern, report.report)), timeoutMs);
  if (found !== undefined) return found.report as Reports[K];
  throw new TestAssertionError(`expected a ${kind} report that fits ${show(pattern)} within ${timeoutMs} ms, there was none`);
}
