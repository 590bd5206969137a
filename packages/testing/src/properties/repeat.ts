import fc from 'fast-check';

/** How a property runs: fast-check's parameters without what belongs to one property's type. */
export type RunOptions = Pick<fc.Parameters<unknown>, 'numRuns' | 'seed' | 'path' | 'interruptAfterTimeLimit' | 'verbose' | 'endOnFailure'>;

/** `FC_SEED` and `FC_PATH` of the environment, which a failure has named. */
function fromEnvironment(): RunOptions {
  const { FC_SEED, FC_PATH } = process.env;
  if (FC_SEED !== undefined && !/^-?\d+$/.test(FC_SEED)) throw new RangeError(`FC_SEED: expected an integer, got '${FC_SEED}'`);
  return { ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }), ...(FC_PATH === undefined ? {} : { path: FC_PATH }) };
}

/** A property has failed: with the shortest list of steps that fails, and what repeats it. */
export class PropertyFailed extends Error {
  override readonly name = 'PropertyFailed';
  readonly seed: number;
  readonly path: string;
  readonly steps: unknown;
  constructor(seed: number, path: string, runs: number, steps: readonly unknown[], cause: unknown) {
    const shown = steps.map((step, i) => `  ${i + 1}. ${fc.stringify(step)}`).join('\n');
    const what = cause instanceof Error ? cause.message : String(cause);
    super(
      `found after ${runs} runs, with these steps:\n${shown === '' ? '  none' : shown}\n${what}\nFC_SEED=${seed} FC_PATH=${path} repeats it.`,
      cause instanceof Error ? { cause } : {},
    );
    this.seed = seed;
    this.path = path;
    this.steps = steps;
  }
}

/** Runs lists of steps until one fails; throws `PropertyFailed` for the shortest. */
export async function checkSteps<S>(steps: fc.Arbitrary<S[]>, play: (steps: S[]) => Promise<void>, options: RunOptions): Promise<void> {
  const details = await fc.check(fc.asyncProperty(steps, play), { ...options, ...fromEnvironment() });
  if (!details.failed) return;
  const { seed, counterexamplePath, counterexample, numRuns, errorInstance } = details;
  throw new PropertyFailed(seed, counterexamplePath ?? '', numRuns, counterexample?.[0] ?? [], errorInstance);
}
