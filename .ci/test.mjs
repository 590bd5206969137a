// npm test, npm run test:long: installs, builds, checks, runs the suite. The last line is `N passed, N failed, N skipped`,
// in which lint and type-check are one test each and a step that breaks off is one failure.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './pnpm.mjs';
import { build, install, lint, suite, typeCheck } from './steps.mjs';

const long = process.argv[2] === '--long';
const vitestArgs = process.argv.slice(long ? 3 : 2);
const totals = { passed: 0, failed: 0, skipped: 0 };

function step(name, run) {
  console.log(`\n# ${name}`);
  const started = performance.now();
  const code = run();
  console.log(`# ${name}: ${code === 0 ? 'ok' : `failed with code ${code}`}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return code === 0;
}

function check(name, run) {
  totals[step(name, run) ? 'passed' : 'failed']++;
}

function runSuite() {
  const file = join(cache, `totals-${process.pid}.json`);
  mkdirSync(cache, { recursive: true });
  const reporters = ['--reporter=default', '--reporter=./.ci/reporter.mjs'];
  const mode = long ? ['--mode=long', '--passWithNoTests'] : [];
  const ok = step('suite', () => suite([...reporters, ...mode, ...vitestArgs], { REKINDLE_TOTALS: file }));
  let found = { passed: 0, failed: 0, skipped: 0 };
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
    rmSync(file);
  } catch {
    // vitest ended before its report: the line below counts that
  }
  for (const state of Object.keys(totals)) totals[state] += found[state];
  if (!ok && found.failed === 0) totals.failed++;
}

// Nothing can be said about code that does not install or build.
if (step('install', install) && step('build', build)) {
  if (!long) {
    check('lint', lint);
    check('type-check', typeCheck);
  }
  runSuite();
} else {
  totals.failed++;
}
process.exitCode = totals.failed === 0 ? 0 : 1;
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
