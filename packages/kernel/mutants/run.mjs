// npm run mutants: puts one deliberate fault after the other into a copy of the built kernel and runs the tests that have to
// notice. Prints `name | file | caught by | ms` and the totals; exit code 1 if a fault survives or does not fit the code any more.
// Arguments choose faults by parts of their names or files.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obstacle, putIn } from './apply.mjs';
import { faults } from './faults.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const vitest = join(dirname(createRequire(join(root, 'package.json')).resolve('vitest/package.json')), 'vitest.mjs');
/** A fault may make a test go round in circles; one that only waits is ended by vitest. */
const TIMEOUT_MS = 180_000;

const wanted = process.argv.slice(2);
const chosen = faults.filter(({ name, file }) => wanted.length === 0 || wanted.some((part) => name.includes(part) || file.includes(part)));

/** A workspace of its own with the kernel, its tests and what they need. */
function copyWorkspace(folder) {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['kernel', 'testing']) {
    const from = join(root, 'packages', name);
    const to = join(folder, 'packages', name);
    mkdirSync(to, { recursive: true });
    for (const part of ['package.json', 'dist', ...(name === 'kernel' ? ['test'] : [])]) {
      cpSync(join(from, part), join(to, part), { recursive: true });
    }
    // Faults are put into what the compiler has made of each source.
    const manifest = join(to, 'package.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll('"./lib/', '"./dist/'));
  }
  symlinkSync(join(root, 'packages/kernel/node_modules'), join(folder, 'packages/kernel/node_modules'));
  mkdirSync(join(folder, 'packages/testing/node_modules/@rekindle'), { recursive: true });
  symlinkSync(join(folder, 'packages/kernel'), join(folder, 'packages/testing/node_modules/@rekindle/kernel'));
  return folder;
}

/** The first test that fails in that workspace, or null if none does. */
function firstFailure(folder, tests, timeoutMs = TIMEOUT_MS) {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const files = tests.map((test) => `packages/kernel/test/${test}.test.ts`);
  const options = [
    'run',
    '--root',
    folder,
    '--config',
    join(root, 'vitest.config.ts'),
    '--bail=1',
    '--maxWorkers=1',
    '--testTimeout=8000',
    '--reporter=json',
  ];
  const child = spawn(process.execPath, [vitest, ...options, `--outputFile=${report}`, ...files], { stdio: 'ignore', detached: true });
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      if (late) resolve('a test that never ends');
      else if (code === 0) resolve(null);
      else
        try {
          resolve(describe(report));
        } catch (misfit) {
          reject(misfit);
        }
    });
  });
}

/** The fault did not get as far as being tested: it is no code, or takes down what surrounds the tests. */
class Misfit extends Error {}

function describe(report) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8')).testResults;
  } catch {
    return 'the run broke off';
  }
  for (const { name, status, message, assertionResults } of results) {
    const file = name.replace(/^.*\/packages\/kernel\/test\//, '').replace('.test.ts', '');
    const failed = assertionResults.find((test) => test.status === 'failed');
    if (failed !== undefined) return `${file}: ${failed.fullName}`;
    if (status === 'failed') throw new Misfit(`${file} could not be run: ${message.split('\n')[0]}`);
  }
  return 'an error outside of all tests';
}

const counts = { caught: 0, survived: 0, misfits: 0 };

async function tryOut(fault, folder) {
  const started = performance.now();
  const print = (outcome) => console.log([fault.name, fault.file, outcome, Math.round(performance.now() - started)].join(' | '));
  const dist = join(folder, 'packages/kernel/dist');
  try {
    const missing = obstacle(dist, fault);
    if (missing !== null) throw new Misfit(missing);
    const takeOut = putIn(dist, fault);
    const caughtBy = await firstFailure(folder, fault.tests).finally(takeOut);
    counts[caughtBy === null ? 'survived' : 'caught']++;
    print(caughtBy ?? 'SURVIVED');
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    counts.misfits++;
    print(`DOES NOT FIT: ${error.message}`);
  }
}

const lanes = Array.from({ length: Math.min(2, availableParallelism()) }, (_, i) => copyWorkspace(join(root, `.cache/mutants/${i}`)));
// Nothing can be caught by tests that fail anyway.
const healthy = await firstFailure(lanes[0], [...new Set(chosen.flatMap(({ tests }) => tests))], 10 * TIMEOUT_MS);
if (healthy !== null) {
  console.log(`without any fault: ${healthy}`);
  process.exit(1);
}
console.log('name | file | caught by | ms');
const queue = [...chosen];
await Promise.all(
  lanes.map(async (folder) => {
    for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) await tryOut(fault, folder);
    rmSync(folder, { recursive: true, force: true });
  }),
);
console.log(`\n${counts.caught} caught, ${counts.survived} survived, ${counts.misfits} do not fit, of ${chosen.length}`);
process.exitCode = counts.survived + counts.misfits === 0 ? 0 : 1;
