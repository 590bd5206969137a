import { readFileSync } from 'node:fs';
import { CallError, type ExitReason } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../support/world.js';
import { type Entry, type Program, RecordedMachine } from './recorded-machine.js';

// What Erlang/OTP's gen_statem did with random programs: see recordings/record.escript, which made them.
// RECORDINGS names another file of them.

interface Recording {
  readonly seed: number;
  readonly program: Program;
  readonly trace: readonly Entry[];
  readonly replies: Readonly<Record<string, string>>;
  readonly end: string | null;
}

const file = process.env.RECORDINGS ?? new URL('recordings/gen-state-machine.jsonl', import.meta.url);
const recordings = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recording);

const STEP_MS = 100;
const STEPS = 9;
const world = useWorld();

async function play({ program }: Recording): Promise<Omit<Recording, 'seed' | 'program'>> {
  const log: Entry[] = [];
  const start = world.host.now();
  const now = (): number => world.host.now() - start;
  let end: string | null = null;
  const ended = (reason: ExitReason): void => {
    end = reasonText(reason);
  };
  const machine = await RecordedMachine.start({ program, log, now, ended });
  const replies: Record<string, string> = {};
  for (let step = 1; step <= STEPS; step++) {
    await world.pass(STEP_MS);
    for (const { op, e, i } of program.script.filter((o) => o.step === step)) {
      if (op === 'cast') machine.cast(e, i);
      else if (op === 'info') machine.send({ i });
      else {
        replies[i] = 'none';
        machine
          .within(Number.POSITIVE_INFINITY)
          .call(e, i)
          .then(
            (value) => (replies[i] = value),
            (error: unknown) => (replies[i] = `exit ${CallError.is(error) ? reasonText(error.reason) : String(error)}`),
          );
      }
    }
  }
  await world.quiet();
  return { trace: log, replies, end };
}

function reasonText(reason: ExitReason): string {
  return typeof reason === 'object' ? String(Object.keys(reason)[0]) : reason;
}

describe('a state machine does what gen_statem did', () => {
  it.each(recordings.map((recording) => [recording.seed, recording] as const))('with program %i', async (_, recording) => {
    const { trace, replies, end } = recording;
    expect(await play(recording)).toEqual({ trace, replies, end });
  });
});
