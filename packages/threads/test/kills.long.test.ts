import { expect, it } from 'vitest';
import { killMany } from './support/kills.js';

it('10,000 killed threads leave nothing behind', async () => {
  const { node, left, heapGrowth } = await killMany(10_000);
  expect(left).toEqual({ names: [], peers: 0, writtenOff: 0, missingLanes: 0, fatal: [] });
  expect(heapGrowth).toBeLessThan(32 * 2 ** 20);
  await node.stop();
}, 3_600_000);
