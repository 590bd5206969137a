import { root } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from './lab.js';

const module = `${root}/apps/lab/dist/behaviours.js`;

describe.each([
  { schedulers: 0, strictMessages: true, threads: 1 },
  { schedulers: 2, strictMessages: true, threads: 2 },
  { schedulers: 2, strictMessages: false, threads: 2 },
])("the kernel's behaviours as children, %o", ({ threads, ...options }) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ module, ...options });
  });
  afterAll(() => lab.child.kill());

  it('work from every thread', async () => {
    for (let time = 1; time <= 4; time++) {
      const response = await fetch(`http://127.0.0.1:${lab.port}/`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        results: [1, 2, 3].map((n) => ({ n, here: true })),
        supervised: true,
        partitions: 4,
        // Keys 4 and 5 share a partition with 0 and 1.
        sums: [2 * time - 1, 2 * time - 1, time, time, 2 * time, 2 * time],
        threads,
        highest: 7,
        greeting: 'Hello',
      });
    }
  });
});
