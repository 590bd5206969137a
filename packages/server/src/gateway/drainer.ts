import { telemetry } from '@rekindle/channels/internal';
import type { DrainerSpec } from '../endpoint-spec.js';

/** Connections that are closed together, and when. */
export interface DrainBatch {
  readonly count: number;
  readonly afterMs: number;
}

/** Decides how so many connections are sent away: in batches with time between them; the last that fits takes all the rest. */
export function drainPlan(total: number, { batchSize, batchIntervalMs, deadlineMs }: DrainerSpec): DrainBatch[] {
  const batches: DrainBatch[] = [];
  for (let left = total; left > 0; ) {
    const afterMs = batches.length * batchIntervalMs;
    const last = afterMs + batchIntervalMs > deadlineMs;
    const count = last ? left : Math.min(batchSize, left);
    batches.push({ count, afterMs });
    left -= count;
  }
  return batches;
}

/** Closes connections as the plan says; resolves when all have been told. */
export async function drain(connections: readonly { close(): void }[], spec: DrainerSpec): Promise<void> {
  const batches = drainPlan(connections.length, spec);
  const began = performance.now();
  let at = 0;
  for (const [index, { count, afterMs }] of batches.entries()) {
    await until(began + afterMs);
    if (telemetry.socketDrain.hasSubscribers) {
      const report = { count, total: connections.length, index: index + 1, rounds: batches.length, interval: spec.batchIntervalMs };
      telemetry.socketDrain.publish(report satisfies telemetry.SocketDrain);
    }
    for (const end = at + count; at < end; at++) connections[at]?.close();
  }
}

/** When the promise is settled, or after that time. */
export function within(promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, ms));
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    promise.then(done, done);
  });
}

function until(time: number): Promise<void> {
  const ms = time - performance.now();
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
