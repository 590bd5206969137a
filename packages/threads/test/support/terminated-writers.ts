import { MessageChannel, Worker } from 'node:worker_threads';
import { Kernel } from '@rekindle/kernel/internal';
import { answerStoreRequest, StoreOwner } from '../../dist/shared/store.js';
import { type OpenTable, STORE_ANSWER_WORDS, type StoreRequest } from '../../dist/shared/store-client.js';
import { TableReader } from '../../dist/shared/table-memory.js';

/** Terminates that many threads while they change a table; what is found wrong with it. */
export async function terminateWriters(
  count: number,
): Promise<{ readonly wrong: string[]; readonly changes: bigint; readonly entries: number }> {
  const owner = new StoreOwner(new Kernel());
  const { id, memory } = owner.ask(['open', '$persistent_term']).table as OpenTable;
  const reader = new TableReader(memory);
  const wrong: string[] = [];
  const look = (): void => {
    const entries = reader.select('');
    if (entries.length !== reader.count) wrong.push(`${entries.length} entries, count ${reader.count}`);
    for (const [key, value] of entries) {
      if (!value.every((byte) => byte === value[0])) wrong.push(`${key} is torn`);
      if (reader.find(key) === undefined) wrong.push(`${key} is not found`);
    }
  };
  const one = async (seed: number): Promise<void> => {
    const { port1, port2 } = new MessageChannel();
    const answer = new SharedArrayBuffer(STORE_ANSWER_WORDS * 4);
    const words = new Int32Array(answer);
    let requests = 0;
    const worker = new Worker(new URL('../fixtures/writer.mjs', import.meta.url), {
      workerData: { access: { port: port2, answer, counters: owner.counters }, table: id, seed },
      transferList: [port2],
    });
    // Ends at another point each time: after so many requests, before or after one is answered.
    await new Promise<void>((resolve) => {
      const until = 1 + (seed % 37);
      port1.on('message', (request: StoreRequest) => {
        if (++requests === until && seed % 2 === 0) resolve();
        answerStoreRequest(owner, port1, words, request);
        if (requests === until) resolve();
      });
    });
    await worker.terminate();
    port1.close();
    look();
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all([lane(), lane(), lane()]);
  return { wrong, changes: new BigInt64Array(owner.counters)[0] as bigint, entries: reader.count };
}
