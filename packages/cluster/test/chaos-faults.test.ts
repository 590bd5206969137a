import { readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';

interface Fault {
  readonly name: string;
  readonly file: string;
  readonly fault: string;
  readonly holds: string;
}

const faults = JSON.parse(readFileSync(`${root}/packages/cluster/test/chaos/faults.json`, 'utf8')) as Fault[];
const page = readFileSync(`${root}/docs/explanation/cluster-guarantees.md`, 'utf8');

describe('the faults of the chaos tests', () => {
  it.each(faults)('$name has a test with a long form, which measures it', ({ name, file }) => {
    expect(readFileSync(`${root}/${file}.test.ts`, 'utf8')).toContain(`measured('${name}', `);
    expect(readFileSync(`${root}/${file}.long.test.ts`, 'utf8')).toContain(`await import('./${file.split('/').at(-1)}.test.js')`);
  });

  it('stand in the table of what was measured, in this order', () => {
    const rows = [...page.matchAll(/^\| (.+?) \| (.+?) \| (?:\d+\/\d+|–) \|/gm)].map(([, fault, holds]) => [fault, holds]);
    expect(rows).toEqual(faults.map(({ fault, holds }) => [fault, holds]));
  });
});
