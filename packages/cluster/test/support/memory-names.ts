import { leaseTiming, type MemoryTransport, type NameStore, type RegistryParts, type StoredEntry } from '@rekindle/cluster/internal';
import type { Host } from '@rekindle/kernel/internal';

export const LEASE_MS = 10_000;

/** What JetStream does for names, on virtual time: answers take a while, and some that are given do not arrive. */
export class MemoryNames {
  readonly #host: Host;
  readonly #maxDelayMs: number;
  readonly entries = new Map<string, StoredEntry>();
  /** Nodes that do not reach it. */
  cutOff: ReadonlySet<string> = new Set();
  /** Of nodes that are started from now on. */
  onLeaseLoss: 'exit' | 'keep' = 'exit';
  /** It answers nobody. */
  stopped = false;
  #exists = false;
  #revision = 0;

  constructor(host: Host, maxDelayMs: number) {
    this.#host = host;
    this.#maxDelayMs = maxDelayMs;
  }

  /** As if somebody had deleted the bucket. */
  wipe(): void {
    this.entries.clear();
    this.#revision = 0;
    this.#exists = false;
  }

  /** For one node, with that connection and on its own clock. */
  partsFor(transport: MemoryTransport, host: Host): RegistryParts {
    const isReached = (): boolean => transport.connected && !this.stopped && !this.cutOff.has(transport.name);
    const { requestMs } = leaseTiming(LEASE_MS);
    const ask = <T>(act: () => T, unknown: T): Promise<T> =>
      new Promise((resolve) => {
        host.setTimer(() => resolve(unknown), requestMs);
        if (!isReached()) return;
        this.#host.setTimer(() => {
          if (!isReached()) return;
          const answer = act();
          this.#host.setTimer(() => isReached() && host.setTimer(() => resolve(answer), 0), this.#delay());
        }, this.#delay());
      });
    const store: NameStore = {
      open: () =>
        ask(
          () => {
            this.#exists = true;
            return null;
          },
          { code: 'unavailable', message: 'no answer' },
        ),
      read: (key) => ask(() => (this.#exists ? (this.entries.get(key) ?? null) : 'unknown'), 'unknown' as const),
      write: (key, value, expected) => ask(() => this.#write(key, value, expected), 'unknown' as const),
      remove: (key, revision) =>
        ask(() => {
          const entry = this.entries.get(key);
          if (entry !== undefined && entry.revision <= revision) this.entries.delete(key);
          return this.#exists;
        }, false),
    };
    return { store, leaseMs: LEASE_MS, onLeaseLoss: this.onLeaseLoss };
  }

  #write(key: string, value: string, expected: number): number | 'conflict' | 'unknown' {
    if (!this.#exists) return 'unknown';
    if ((this.entries.get(key)?.revision ?? 0) !== expected) return 'conflict';
    const revision = ++this.#revision;
    this.entries.set(key, { revision, value, writtenAt: this.#host.wallTime() });
    return revision;
  }

  #delay(): number {
    return this.#maxDelayMs * this.#host.random();
  }
}
