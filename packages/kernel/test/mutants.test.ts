import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { obstacle } from '../mutants/apply.mjs';
import { faults } from '../mutants/faults.mjs';

// `npm run mutants` puts them in; here is only seen to it that it could.
describe('the deliberate faults', () => {
  const dist = fileURLToPath(new URL('../dist', import.meta.url));

  it('are many, each with a name of its own', () => {
    expect(faults.length).toBeGreaterThanOrEqual(100);
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  });

  it('fit the code as it is built', () => {
    expect(faults.map((fault) => obstacle(dist, fault)).filter((why) => why !== null)).toEqual([]);
  });

  it('change something, and name tests that exist', () => {
    for (const { name, find, replace, tests } of faults) {
      expect(replace, name).not.toBe(find);
      expect(tests.length, name).toBeGreaterThan(0);
      for (const test of tests)
        expect(existsSync(fileURLToPath(new URL(`./${test}.test.ts`, import.meta.url))), `${name}: ${test}`).toBe(true);
    }
  });
});
