// npm run chaos [-- NAME]: the chaos tests of the cluster, or those whose name or file has that in it. On built output.
//   --long   their long forms
//   --table  writes what they measure into docs/explanation/cluster-guarantees.md; --runs N runs each so often (10, long ones 1),
//            0 none: what was measured before is written; --more adds to that. Of what was never measured here the table stays as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, root } from './pnpm.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    more: { type: 'boolean', default: false },
    runs: { type: 'string' },
  },
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
if (!(Number.isInteger(runs) && runs >= (values.table ? 0 : 1))) {
  console.error(`--runs: expected a whole number above 0 (or 0 with --table), got '${values.runs}'`);
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
  if (values.table && !values.more && runs > 0) for (const old of [results, passes]) rmSync(old, { force: true });
  const before = values.table && existsSync(passes) ? JSON.parse(readFileSync(passes, 'utf8')) : { passed: 0, runs: 0 };
  let passed = 0;
  for (let run = 0; run < runs; run++) {
    const env = { ...process.env, CHAOS_FORM: form, ...(values.table ? { CHAOS_RESULTS: results } : {}) };
    const args = values.long ? ['--mode=long', `${file}.long.test.ts`] : [`${file}.test.ts`];
    const { status } = spawnSync('npx', ['vitest', 'run', '--maxWorkers=1', ...args], { stdio: 'inherit', cwd: root, env });
    if (status === 0) passed++;
    else failed++;
    if (values.table) writeFileSync(passes, JSON.stringify({ passed: before.passed + passed, runs: before.runs + run + 1 }));
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
  writeFileSync(page, `${text.slice(0, from)}${start}\n\n${table(text.slice(from, to))}\n${text.slice(to)}`);
}

/** `before`: the table as it was. */
function table(before) {
  const rows = all.map(({ name, file, fault, holds }) => {
    const [, , ...was] = (before.split('\n').find((line) => line.startsWith(`| ${fault} |`)) ?? '')
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1);
    const cells = ['short', 'long'].map(
      (of, i) => outcome(name, join(kept, `${file.split('/').at(-1)}.${of}`)) ?? { passes: was[i] ?? '', measures: was[i + 2] ?? '' },
    );
    return `| ${fault} | ${holds} | ${cells.map(({ passes }) => passes).join(' | ')} | ${cells.map(({ measures }) => measures).join(' | ')} |`;
  });
  const about = `Measured on ${cpus().length} cores (${cpus()[0]?.model.trim()}) that other work shared: \`load\` is how many wanted one. Median / worst of what was measured; \`passed\` is of runs.`;
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
  if (!existsSync(`${path}.json`)) return undefined;
  const { passed, runs } = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
  const series = new Map();
  const loads = [];
  for (const { fault, what, value, unit, load } of measuresIn(`${path}.jsonl`)) {
    if (fault !== name) continue;
    loads.push(load);
    series.set(what, { unit, values: [...(series.get(what)?.values ?? []), value] });
  }
  const measures = Array.from(series, ([what, { unit, values }]) => {
    const sorted = values.sort((x, y) => x - y);
    const show = (value) =>
      unit === 's' ? value.toFixed(2) : value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString('en');
    return `${what}: ${show(sorted[Math.floor((sorted.length - 1) / 2)])} / ${show(sorted.at(-1))}${unit === '' ? '' : ` ${unit}`}`;
  });
  // The test of the file that is about this fault has another form only.
  if (loads.length === 0) return { passes: '–', measures: '' };
  measures.push(`load: ${Math.min(...loads).toFixed(0)} to ${Math.max(...loads).toFixed(0)}`);
  return { passes: `${passed}/${runs}`, measures: measures.join('; ') };
}
