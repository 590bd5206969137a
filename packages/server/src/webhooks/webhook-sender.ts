import type { Body } from '@rekindle/kernel';
import { type Kernel, Timer } from '@rekindle/kernel/internal';
import { print } from '../logger.js';
import type { WebhookSpec } from './webhook-options.js';
import type { WebhookBatch, WebhookQueue } from './webhook-queue.js';
import { signatureHeaders } from './webhook-signature.js';

/** What is counted. */
export interface WebhookCounters {
  webhookEvents: number;
  webhookFailures: number;
  webhooksDropped: number;
}

/** There is something to deliver. */
export type Filled = 'filled';

/** Which node tells, and which run of it. */
export interface WebhookSource {
  readonly node: string;
  readonly run: number;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

/** After so many failures in a row. `random`: from 0 to 1; half of the time is left to it, so that nodes do not come all at once. */
export function retryAfterMs(failures: number, random: number): number {
  const most = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return most * (0.5 + random / 2);
}

/**
 * The process that delivers what one webhook waits for: a request at a time, so that events arrive in order, again and again until one
 * is answered with 2xx. What it delivers is not its own: when it crashes, the one in its place goes on with the same request.
 */
export function webhookSender(
  kernel: Kernel,
  spec: WebhookSpec,
  queue: WebhookQueue,
  source: WebhookSource,
  counters: WebhookCounters,
): Body<Filled> {
  const { host } = kernel;
  return async (context) => {
    const { self, signal } = context;
    let failures = 0;
    while (!signal.aborted) {
      const batch = queue.next(host.wallTime(), () => self.send('filled'));
      if (batch === null) {
        await context.receive();
        continue;
      }
      const problem = await deliver(kernel, spec, batch, source, signal);
      // Another process has taken over.
      if (signal.aborted) return;
      if (problem === null) {
        if (failures > 0) print('info', `webhook '${spec.name}' takes events again`);
        failures = 0;
        counters.webhookEvents += batch.events.length;
        queue.delivered();
        continue;
      }
      failures++;
      counters.webhookFailures++;
      if (failures === 1) print('error', `webhook '${spec.name}' could not be told, and is tried again: ${problem}`);
      await context.after(retryAfterMs(failures, host.random())).receive(() => false);
    }
  };
}

/** Null when it was taken; otherwise what went wrong, without the URL. */
async function deliver(
  kernel: Kernel,
  spec: WebhookSpec,
  batch: WebhookBatch,
  source: WebhookSource,
  signal: AbortSignal,
): Promise<string | null> {
  const { id, events, dropped } = batch;
  const body = JSON.stringify({ ...source, dropped, events });
  // Not `AbortSignal.timeout`: one that only an `AbortSignal.any` refers to is collected as garbage, on Node 20, and never fires.
  const aborting = new AbortController();
  const abort = (): void => aborting.abort();
  const deadline = new Deadline(abort);
  signal.addEventListener('abort', abort);
  kernel.timers.start(deadline, spec.timeoutMs);
  try {
    const response = await fetch(spec.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(spec.secret, id, body, kernel.host.wallTime()) },
      body,
      // A signed request goes where it was meant to, and nowhere else.
      redirect: 'manual',
      signal: aborting.signal,
    });
    // Nothing of it is read, and a receiver that never ends it holds nobody up.
    response.body?.cancel().catch(() => {});
    return response.ok ? null : `it answered ${response.status}`;
  } catch (error) {
    if (deadline.passed) return `no answer within ${spec.timeoutMs} ms`;
    const { cause, message } = error as Error & { cause?: { code?: unknown } };
    return String(cause?.code ?? message);
  } finally {
    deadline.cancel();
    signal.removeEventListener('abort', abort);
  }
}

class Deadline extends Timer {
  readonly #abort: () => void;
  passed = false;

  constructor(abort: () => void) {
    super();
    this.#abort = abort;
  }

  override fire(): void {
    this.passed = true;
    this.#abort();
  }
}
