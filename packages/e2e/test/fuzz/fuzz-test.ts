import { describe, expect, it } from 'vitest';
import { runFuzz } from './run-fuzz.js';

const MIB = 1_048_576;
/** What the heap of a server may differ by, before and after: lazily compiled code, tables that have grown. */
const SLACK_BYTES = 4 * MIB;

/** So many random frames and requests to each adapter. `FUZZ_SEED` repeats a run. */
export function testFuzz(inputs: number, timeout: number): void {
  describe.each(['uws', 'node'] as const)('random frames and requests, %s', (adapter) => {
    it(`${inputs} of them: no crash, no leak, nothing to a wrong client; others notice nothing`, { timeout }, async () => {
      const { FUZZ_SEED } = process.env;
      const seed = FUZZ_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(FUZZ_SEED);
      console.log(`FUZZ_SEED=${seed} repeats it`);
      const { sent, rounds, before, after, problems } = await runFuzz(adapter, seed, inputs);
      const grown = after.heapUsed - before.heapUsed;
      console.log(`${adapter}: ${JSON.stringify(sent)}, ${rounds} rounds of others, heap grown by ${Math.round(grown / 1024)} KiB`);
      expect(problems, `FUZZ_SEED=${seed}`).toEqual([]);
      expect(sent.frames + sent.requests).toBeGreaterThanOrEqual(inputs);
      // Much of it is understood: there are answers, and connections that live through all of it.
      expect(sent.received).toBeGreaterThan(sent.frames / 3);
      expect(sent.survived).toBeGreaterThan(sent.connections / 5);
      expect(after.processes, `FUZZ_SEED=${seed}`).toEqual(before.processes);
      expect(grown, `FUZZ_SEED=${seed}`).toBeLessThan(SLACK_BYTES);
    });
  });
}
