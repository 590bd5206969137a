/** The application could not be stopped in order within `stopTimeoutMs`; its threads have been ended as they were. */
export class StopError extends Error {
  override readonly name = 'StopError';
  readonly code = 'stop_timeout';
  /** What took so long. */
  readonly stage: string;

  constructor(stage: string, timeoutMs: number) {
    super(`the application did not stop within ${timeoutMs} ms: it was still ${stage}`);
    this.stage = stage;
  }
}

/**
 * Runs the stages one after the other. Past the deadline it runs `giveUp` instead of what is left, and rejects with a `StopError`
 * that names the stage which took so long.
 */
export async function inStages(
  stages: { readonly [what: string]: () => Promise<void> },
  timeoutMs: number,
  giveUp: () => Promise<void>,
): Promise<void> {
  let late = false;
  let current = '';
  const run = async (): Promise<void> => {
    for (const [what, stage] of Object.entries(stages)) {
      if (late) return;
      current = what;
      await stage();
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      resolve();
    }, timeoutMs);
  });
  await Promise.race([run(), deadline]).finally(() => clearTimeout(timer));
  if (!late) return;
  await giveUp();
  throw new StopError(current, timeoutMs);
}
