import { readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';

const page = readFileSync(`${root}/docs/reference/semantics.md`, 'utf8');
const proofs = [...page.matchAll(/^- `(.+\.test\.ts)`: (.+)$/gm)].map(([, file, title]) => ({ file: String(file), title: String(title) }));
const sections = page.split(/^## /m).slice(1);

describe('docs/reference/semantics.md', () => {
  it.each(proofs)('names a test that exists: $file: $title', ({ file, title }) => {
    expect(readFileSync(`${root}/${file}`, 'utf8')).toContain(`'${title}'`);
  });

  it('names one for each promise', () => {
    const unproven = sections.filter((section) => !/^- `.+\.test\.ts`: /m.test(section)).map((section) => section.split('\n')[0]);
    expect(unproven).toEqual(['What JavaScript cannot do']);
  });
});
