import { expect, it } from 'vitest';
import { terminateWriters } from '../support/terminated-writers.js';

it('1,000 writers terminated at any instruction leave shared state whole', async () => {
  const { wrong, changes, entries } = await terminateWriters(1_000);
  expect(wrong).toEqual([]);
  expect(Number(changes)).toBeGreaterThan(1_000);
  expect(entries).toBeGreaterThan(0);
}, 300_000);
