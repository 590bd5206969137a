import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cache, freePort, root, start, startNode, tempFolder } from '@rekindle/e2e';
import { expect, it } from 'vitest';

const recordings = fileURLToPath(new URL('../conformance/channels/', import.meta.url));

/** The program of the newest Node 24 that npm has. */
function node24(): string {
  const env = { ...process.env, npm_config_cache: `${cache}/npm` };
  return execFileSync('npx', ['--yes', '--package', 'node@24', '--', 'node', '--print', 'process.execPath'], {
    env,
    encoding: 'utf8',
  }).trim();
}

it.each([0, 1])('Phoenix as recorded, on Node 24 with the node adapter, schedulers: %i', { timeout: 900_000 }, async (schedulers) => {
  const folder = tempFolder('node24');
  const node = node24();
  const port = await freePort();
  const env = { PORT: String(port), ADAPTER: 'node', SCHEDULERS: String(schedulers) };
  expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(/^v24\./);
  const server = await start(node, [`${root}/apps/conformance/dist/channels/main.js`], { env, ready: /^listening$/m });
  try {
    const files = ['--scenarios', `${recordings}scenarios.jsonl`, '--golden', `${recordings}golden.jsonl`];
    const [actual, report] = [`${folder.path}/actual.jsonl`, `${folder.path}/report.json`];
    const base = ['--base', `http://127.0.0.1:${port}`, '--out', actual, '--jobs', '12'];
    const recorder = await startNode(`${recordings}record.mjs`, [...base, ...files]);
    expect(await recorder.exited, recorder.output).toEqual({ code: 0, signal: null });
    const diff = await startNode(`${recordings}diff.mjs`, [`${recordings}golden.jsonl`, actual, ...files.slice(0, 2), '--json', report]);
    await diff.exited;
    const { summary } = JSON.parse(readFileSync(report, 'utf8')) as { summary: { total: number; passed: number } };
    expect(summary.passed, diff.output).toBe(summary.total);
    expect(summary.total).toBe(readFileSync(`${recordings}golden.jsonl`, 'utf8').trim().split('\n').length);
    console.log(`Node 24, SCHEDULERS=${schedulers}: ${summary.passed} of ${summary.total} scenarios passed`);
  } finally {
    expect(await server.kill()).toEqual({ code: 0, signal: null });
    folder.remove();
  }
});
