import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Copy } from '../dist/client/copy.js';
import { patchBetween } from '../dist/lines.js';

const seed = process.env.SEED === undefined ? Date.now() : Number(process.env.SEED);
const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });

it('the patches between any texts make a copy what the document is', () => {
  const property = fc.property(text, fc.array(text, { maxLength: 6 }), (first, others) => {
    const copy = new Copy();
    copy.take({ version: 1, lines: first });
    let [version, lines] = [1, first];
    for (const next of others) {
      const patch = patchBetween(lines, next);
      expect(patch === undefined).toBe(JSON.stringify(lines) === JSON.stringify(next));
      if (patch !== undefined) copy.patch({ version: ++version, ...patch });
      lines = next;
      expect(copy).toMatchObject({ version, lines, behind: false });
    }
  });
  fc.assert(property, { seed, numRuns: 300 });
});

it('a patch holds no line that both begin or end with', () => {
  expect(patchBetween(['a', 'b', 'c'], ['a', 'x', 'y', 'c'])).toEqual({ from: 1, removed: 1, added: ['x', 'y'] });
  expect(patchBetween(['a'], ['a', 'a'])).toEqual({ from: 1, removed: 0, added: ['a'] });
  expect(patchBetween(['a', 'b'], [])).toEqual({ from: 0, removed: 2, added: [] });
});

it('a copy that has missed a patch takes none that builds on it, and says that it is behind', () => {
  const copy = new Copy();
  copy.take({ version: 1, lines: ['a'] });
  copy.patch({ version: 3, from: 0, removed: 1, added: ['c'] });
  expect(copy).toMatchObject({ version: 1, lines: ['a'], behind: true });
  copy.take({ version: 2, lines: ['b'] });
  expect(copy.behind).toBe(true);
  copy.take({ version: 3, lines: ['c'] });
  expect(copy.behind).toBe(false);
});
