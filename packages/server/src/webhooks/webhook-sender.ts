import { setTimeout } from 'node:timers/promises';
import type { Body } from '@rekindle/kernel';
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
export function webhookSender(spec: WebhookSpec, queue: WebhookQueue, source: WebhookSource, counters: WebhookCounters): Body<never> {
  return async (context) => {
    const { signal } = context;
    let failures = 0;
    while (!signal.aborted) {
      let fill: () => void = () => {};
      const filled = new Promise<void>((resolve) => {
        fill = resolve;
      });
      const batch = queue.next(Date.now(), fill);
      if (batch === null) {
        await filled;
        continue;
      }
      const problem = await deliver(spec, batch, source, signal);
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
      await setTimeout(retryAfterMs(failures, Math.random()), undefined, { signal }).catch(() => {});
    }
  };
}

/** Null when it was taken; otherwise what went wrong, without the URL. */
async function deliver(spec: WebhookSpec, batch: WebhookBatch, source: WebhookSource, signal: AbortSignal): Promise<string | null> {
  const { id, events, dropped } = batch;
  const body = JSON.stringify({ ...source, dropped, events });
  const timeout = AbortSignal.timeout(spec.timeoutMs);
  try {
    const response = await fetch(spec.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(spec.secret, id, body, Date.now()) },
      body,
      // A signed request goes where it was meant to, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
    // Nothing of it is read, and a receiver that never ends it holds nobody up.
    response.body?.cancel().catch(() => {});
    return response.ok ? null : `it answered ${response.status}`;
  } catch (error) {
    if (timeout.aborted) return `no answer within ${spec.timeoutMs} ms`;
    const { cause, message } = error as Error & { cause?: { code?: unknown } };
    return String(cause?.code ?? message);
  }
}
