import { root, startNode } from '@rekindle/e2e';
import { expect, it } from 'vitest';

it('the kit works with node:test: a world of its own for each test', async () => {
  const child = await startNode('--test', [`${root}/packages/testing/test/support/kit.node-test.mjs`], { cwd: `${root}/packages/testing` });
  const { code } = await child.exited;
  expect(`${child.output.match(/# (?:pass|fail) \d+|ℹ (?:pass|fail) \d+/g)?.join(', ')}, code ${code}`).toMatch(/pass 2, . fail 0, code 0/);
});
