/** How JetStream keeps the events of recoverable topics. */
export interface JetStreamHistory {
  /** On so many servers of the NATS cluster. Default 1; with three servers 3. */
  readonly replicas?: 1 | 3 | 5;
  /**
   * Nothing is kept longer, in milliseconds; at least as long as any topic's `maxAgeMs`. A client whose topic has been silent for
   * longer may be told `window` although it has missed nothing. Default 24 hours.
   */
  readonly keepMs?: number;
  /** On disk, for all topics together; then the oldest are dropped. Default: no limit. */
  readonly maxBytes?: number;
}

export const DEFAULT_KEEP_MS = 86_400_000;

/** What is wrong with it; null: nothing. */
export function wrongWith(history: unknown): string | null {
  if (history === 'memory' || history === 'jetstream') return null;
  if (typeof history !== 'object' || history === null) return "expected 'memory', 'jetstream' or { replicas?, keepMs?, maxBytes? }";
  const { replicas, keepMs, maxBytes, ...others } = history as { readonly [key: string]: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `'${unknown}' is not an option; expected replicas, keepMs, maxBytes`;
  if (replicas !== undefined && replicas !== 1 && replicas !== 3 && replicas !== 5) return 'replicas: expected 1, 3 or 5';
  if (keepMs !== undefined && !isCount(keepMs, 60_000)) return 'keepMs: expected at least 60,000 milliseconds';
  if (maxBytes !== undefined && !isCount(maxBytes, 2 ** 20)) return 'maxBytes: expected at least 1 MiB';
  return null;
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
