import fc from 'fast-check';

/**
 * Checks a property with `runs` random inputs. A failure prints its seed and path: `FC_SEED=... FC_PATH=...` repeats exactly
 * that one. `FC_RUNS` sets another number of runs; `first` are inputs to begin with.
 */
export async function check<T>(
  runs: number,
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => Promise<void>,
  first: readonly T[] = [],
): Promise<void> {
  const { FC_SEED, FC_PATH, FC_RUNS } = process.env;
  await fc.assert(fc.asyncProperty(inputs, holds), {
    examples: first.map((input): [T] => [input]),
    numRuns: FC_RUNS === undefined ? runs : Number(FC_RUNS),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  });
}

/** For a test of a property: more time for more runs. */
export const PROPERTY_TIMEOUT_MS = 90_000 + Number(process.env.FC_RUNS ?? 0) * 200;
