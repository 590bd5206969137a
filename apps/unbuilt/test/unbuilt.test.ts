import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startNode } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('vitest.mjs', `file://${createRequire(import.meta.url).resolve('vitest/package.json')}`));

describe('TypeScript sources', () => {
  it.each(['0', '2'])('run under tsx, SCHEDULERS=%s', { timeout: 60_000 }, async (SCHEDULERS) => {
    const tsx = createRequire(import.meta.url).resolve('tsx/cli');
    const child = await startNode(tsx, ['src/main.ts'], { cwd: folder, env: { SCHEDULERS } });
    expect(await child.exited, child.output).toEqual({ code: 0, signal: null });
    expect(child.output).toContain('served from sources: 1');
    expect(child.output.includes('replaced, served from sources: 1')).toBe(SCHEDULERS === '2');
    expect(child.output).toContain('stopped');
  });

  it.each(['forks', 'threads'])('run in a suite under vitest, --pool=%s', { timeout: 150_000 }, async (pool) => {
    // As a user's: this run's own settings are not theirs.
    const ours = Object.keys(process.env).filter((name) => name.startsWith('VITEST') || name === 'NODE_ENV');
    const env = Object.fromEntries(ours.map((name) => [name, undefined]));
    const child = await startNode(vitest, ['run', `--pool=${pool}`], { cwd: folder, env });
    expect(await child.exited, child.output).toEqual({ code: 0, signal: null });
    expect(child.output).toMatch(/Tests .*2 passed/);
  });
});
