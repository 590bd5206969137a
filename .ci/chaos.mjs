// npm run chaos [-- NAME]: the chaos tests of the cluster, or those whose name or file has that in it. On built output.
//   --long   their long forms
//   --table  writes what they measure into docs/explanation/cluster-guarantees.md; --runs N runs each so often (10, long ones 1)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, root } from './pnpm.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false }, table: { type: 'boolean', default: false }, runs: { type: 'string' } },
});
const folder = 'packages/cluster/test/chaos';
const all = JSON.parse(readFileSync(join(root, folder, 'faults.json'), 'utf8'));
// What is not in the table is run too.
const others = readdirSync(join(root, folder)).flatMap((name) => {
  const [, test] = /^([^.]+)\.test\.ts$/.exec(name) ?? [];
  return test === undefined || all.some(({ file }) => file === `${folder}/${test}`) ? [] : [{ name: test, file: `${folder}/${test}` }];
});
const wanted = ({ name, file }) =>
  positionals.length === 0 || positionals.some((part) => name.includes(part) || file.split('/').at(-1).includes(part));
const candidates = values.table ? all : [...all, ...others];
const files = [...new Set(candidates.filter(wanted).map(({ file }) => file))].filter(
  (file) => !values.long || existsSync(join(root, `${file}.long.test.ts`)),
);
if (files.length === 0) {
  const names = candidates.map(({ name }) => name).join(', ');
  console.error(`no chaos test has '${positionals.join("' or '")}' in its name; there are ${names}`);
  process.exit(1);
}
const runs = Number(values.runs ?? (values.table && !values.long ? 10 : 1));
if (!(Number.isInteger(runs) && runs > 0)) {
  console.error(`--runs: expected a whole number above 0, got '${values.runs}'`);
  process.exit(1);
}

/** What has been measured is kept, so that one test can be run again and the table has the others still. */
const kept = join(cache, 'chaos');
mkdirSync(kept, { recursive: true });
const form = values.long ? 'long' : 'short';
const fileOf = (file, kind) => join(kept, `${file.split('/').at(-1)}.${form}.${kind}`);

let failed = 0;
for (const file of files) {
  const [results, passes] = [fileOf(file, 'jsonl'), fileOf(file, 'json')];
  if (values.table) for (const old of [results, passes]) rmSync(old, { force: true });
  let passed = 0;
  for (let run = 0; run < runs; run++) {
    const env = { ...process.env, CHAOS_FORM: form, ...(values.table ? { CHAOS_RESULTS: results } : {}) };
    const args = values.long ? ['--mode=long', `${file}.long.test.ts`] : [`${file}.test.ts`];
    const { status } = spawnSync('npx', ['vitest', 'run', '--maxWorkers=1', ...args], { stdio: 'inherit', cwd: root, env });
    if (status === 0) passed++;
    else failed++;
    if (values.table) writeFileSync(passes, JSON.stringify({ passed, runs: run + 1 }));
  }
}
if (values.table) writeTable();
process.exit(failed === 0 ? 0 : 1);

function writeTable() {
  const page = join(root, 'docs/explanation/cluster-guarantees.md');
  const [start, end] = ['<!-- chaos: made by `npm run chaos -- --table` -->', '<!-- /chaos -->'];
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the table: ${start} ... ${end}`);
  writeFileSync(page, `${text.slice(0, from)}${start}\n\n${table()}\n${text.slice(to)}`);
}

function table() {
  const rows = all.map(({ name, file, fault, holds }) => {
    const cells = ['short', 'long'].map((of) => outcome(name, join(kept, `${file.split('/').at(-1)}.${of}`)));
    return `| ${fault} | ${holds} | ${cells.map(({ passes }) => passes).join(' | ')} | ${cells.map(({ measures }) => measures).join(' | ')} |`;
  });
  const loads = ['short', 'long'].flatMap((of) =>
    [...new Set(all.map(({ file }) => file))].flatMap((file) =>
      measuresIn(join(kept, `${file.split('/').at(-1)}.${of}.jsonl`)).map(({ load }) => load),
    ),
  );
  const sorted = loads.sort((x, y) => x - y);
  const load =
    sorted.length === 0
      ? ''
      : `, load ${sorted[0].toFixed(0)} to ${sorted.at(-1).toFixed(0)}, half of the time above ${sorted[Math.floor(sorted.length / 2)].toFixed(0)}`;
  const about = `Measured on ${cpus().length} cores (${cpus()[0]?.model.trim()}) that other work shared${load}. Median / worst of what was measured; \`passed\` is of runs.`;
  return [
    about,
    '',
    '| fault | what has to hold | short form passed | long form passed | measured, short | measured, long |',
    '| --- | --- | ---: | ---: | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function measuresIn(file) {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    : [];
}

function outcome(name, path) {
  if (!existsSync(`${path}.json`)) return { passes: '', measures: '' };
  const { passed, runs } = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
  const series = new Map();
  for (const { fault, what, value, unit } of measuresIn(`${path}.jsonl`)) {
    if (fault === name) series.set(what, { unit, values: [...(series.get(what)?.values ?? []), value] });
  }
  const measures = Array.from(series, ([what, { unit, values }]) => {
    const sorted = values.sort((x, y) => x - y);
    const show = (value) =>
      unit === 's' ? value.toFixed(2) : value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString('en');
    return `${what}: ${show(sorted[Math.floor((sorted.length - 1) / 2)])} / ${show(sorted.at(-1))}${unit === '' ? '' : ` ${unit}`}`;
  });
  return { passes: `${passed}/${runs}`, measures: measures.join('; ') };
}
