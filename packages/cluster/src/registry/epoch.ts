import type { NameStore } from './name-store.js';
import { EPOCH_KEY, type EpochRecord, epochRecord } from './records.js';

export interface Epoch extends EpochRecord {
  /** On the store's clock. */
  readonly writtenAt: number;
}

/**
 * What is in the store now, which may not be what was there before: a bucket that was deleted counts its revisions from 1 again. If
 * it says nothing, this says so for all, with a counter later than `atLeast`. Undefined if there was no answer.
 */
export async function readEpoch(store: NameStore, atLeast: () => number, random: () => number): Promise<Epoch | undefined> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const entry = await store.read(EPOCH_KEY);
    if (entry === 'unknown') return undefined;
    const record = epochRecord(entry?.value ?? null);
    if (entry !== null && record !== undefined) return { ...record, writtenAt: entry.writtenAt };
    const id = Math.floor(random() * 2 ** 48).toString(36);
    const made: EpochRecord = { id, counter: atLeast() };
    await store.write(EPOCH_KEY, JSON.stringify(made), entry?.revision ?? 0);
  }
  return undefined;
}
