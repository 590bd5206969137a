import { expect, it } from 'vitest';
import { killMany } from './support/kills.js';

it('500 killed threads leave nothing behind', async () => {
  const { node, left, heapGrowth } = await killMany(500);
  expect(left).toEqual({ names: [], peers: 0, writtenOff: 0, missingLanes: 0, fatal: [] });
  expect(heapGrowth).toBeLessThan(16 * 2 ** 20);
  await node.stop();
}, 300_000);
