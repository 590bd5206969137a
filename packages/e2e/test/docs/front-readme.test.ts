import { readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';
import { type Row, rowsOf, sectionsOf } from './markdown-table.js';

// The front README shows parts of what was measured: each of its rows is a row of the page that it links to.

const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');
const excerpts = sectionsOf(read('README.md'));

/** The rows that no row of the other page holds. */
function notIn(page: Row[], excerpt: Row[]): Row[] {
  return excerpt.filter((row) => !page.some((whole) => Object.entries(row).every(([head, cell]) => whole[head] === cell)));
}

describe.each([
  ['What a fault does', 'docs/explanation/fault-matrix.md'],
  ['How fast', 'benchmarks/README.md'],
])('%s', (section, page) => {
  const excerpt = rowsOf(excerpts[section] ?? '');

  it(`shows rows of ${page}`, () => {
    expect(excerpt.length).toBeGreaterThanOrEqual(5);
    expect(notIn(rowsOf(read(page)), excerpt)).toEqual([]);
  });

  it(`links to ${page}`, () => {
    expect(excerpts[section]).toContain(`](${page})`);
  });
});

describe('What a fault does', () => {
  it('says how many faults there are, and how many end the process', () => {
    const faults = rowsOf(read('docs/explanation/fault-matrix.md'));
    const ending = faults.filter(({ outcome = '' }) => outcome.startsWith('process ends'));
    expect(excerpts['What a fault does']).toContain(`of ${faults.length}, all in`);
    expect({ ending: ending.length }).toEqual({ ending: 4 });
    expect(excerpts['What a fault does']).toContain(`four of the ${faults.length} end the process`);
  });
});
