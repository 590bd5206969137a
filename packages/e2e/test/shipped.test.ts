import { createRequire } from 'node:module';
import { Child } from '@rekindle/e2e';
import { expect, it } from 'vitest';

it('tests load the built files as they are, not a copy that vitest has transformed', () => {
  const asNodeLoadsIt = createRequire(import.meta.url)('@rekindle/e2e') as { Child: unknown };
  expect(asNodeLoadsIt.Child).toBe(Child);
});
