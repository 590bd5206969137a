import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root, start, tempFolder } from '@rekindle/e2e';
import { afterAll, describe, expect, it } from 'vitest';

const folderOf = (name: string): string => fileURLToPath(new URL(`../conformance/${name}/`, import.meta.url));
const recordings = folderOf('otp');
const runner = `${root}/apps/conformance/dist/otp/main.js`;

const families: [folder: string, family: string][] = [
  ...['basic', 'supervisor', 'process', 'gen_server', 'registry'].map((family): [string, string] => ['otp', family]),
  ...['supervisor', 'process', 'gen_server'].map((family): [string, string] => ['otp-wide', family]),
];
/** 0: on the main thread, 1: on a worker thread, 2: spread over two. */
const schedulers = [0, 1, 2];

describe.each(schedulers)('Erlang/OTP as recorded, SCHEDULERS=%i', (count) => {
  const folder = tempFolder('otp');
  afterAll(() => folder.remove());

  it.each(families)('%s: %s', { timeout: 120_000 }, async (recorded, family) => {
    const scenarios = `${folderOf(recorded)}scenarios-${family}.jsonl`;
    const traces = `${folder.path}/${recorded}-${family}.jsonl`;
    const shell = ['-c', 'exec "$0" "$1" < "$2" > "$3"', process.execPath, runner, scenarios, traces];
    const child = await start('sh', shell, { env: { SCHEDULERS: String(count) } });
    const exit = await child.exited;
    expect({ ...exit, output: child.output }).toEqual({ code: 0, signal: null, output: '' });

    const played = read(traces);
    expect(played.filter(({ error, left }) => error !== undefined || left !== undefined)).toEqual([]);
    const spread = played.filter(({ crossed }) => crossed > 0);
    expect(spread.length > played.length / 2, `${spread.length} of ${played.length} scenarios sent signals between threads`).toBe(
      count > 1 && family !== 'registry',
    );
    const golden = `${folderOf(recorded)}golden-${family}.jsonl`;
    const { stdout } = spawnSync(process.execPath, [`${recordings}compare.mjs`, golden, traces, '--scenarios', scenarios], {
      encoding: 'utf8',
    });
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
    console.log(`${recorded}: ${family}, SCHEDULERS=${count}: ${passed} passed, ${failed} failed`);
    expect(Number(failed), stdout).toBe(0);
    expect(Number(passed)).toBe(readFileSync(golden, 'utf8').trim().split('\n').length);
  });
});

interface Played {
  /** Signals between threads. */
  readonly crossed: number;
  /** The runner has failed. */
  readonly error?: string;
  /** What the scenario has left behind in the kernels after all its processes had ended. */
  readonly left?: string[];
}

function read(traces: string): Played[] {
  const lines = readFileSync(traces, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Played);
}
