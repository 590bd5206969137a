import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, freePort, root, start, startNode, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const conformance = fileURLToPath(new URL('../conformance/', import.meta.url));
const recordings = `${conformance}channels/`;
const app = `${root}/apps/conformance/dist/channels/main.js`;
/** Scenarios played at once. */
const JOBS = '12';

const servers = [
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'uws', schedulers: 0 },
  { adapter: 'node', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
];

describe.each(servers)('Phoenix as recorded, ADAPTER=$adapter SCHEDULERS=$schedulers', ({ adapter, schedulers }) => {
  const folder = tempFolder('channels');
  let server: Child;
  let base = '';

  beforeAll(async () => {
    const port = await freePort();
    const env = { PORT: String(port), ADAPTER: adapter, SCHEDULERS: String(schedulers) };
    server = await startNode(app, [], { env, ready: /^listening$/m });
    base = `http://127.0.0.1:${port}`;
  });

  afterAll(async () => {
    expect(await server.kill()).toEqual({ code: 0, signal: null });
    folder.remove();
  });

  it.each(['channels', 'channels-random'])('every scenario of %s', { timeout: 180_000 }, async (name) => {
    const [scenarios, golden] = [`${conformance}${name}/scenarios.jsonl`, `${conformance}${name}/golden.jsonl`];
    const [actual, report] = [`${folder.path}/${name}.jsonl`, `${folder.path}/${name}.json`];
    const files = ['--base', base, '--scenarios', scenarios, '--golden', golden, '--out', actual, '--jobs', JOBS];
    const recorder = await startNode(`${recordings}record.mjs`, files);
    expect(await recorder.exited, recorder.output).toEqual({ code: 0, signal: null });
    const diff = await startNode(`${recordings}diff.mjs`, [golden, actual, '--scenarios', scenarios, '--json', report]);
    await diff.exited;
    const { summary } = JSON.parse(readFileSync(report, 'utf8')) as { summary: { total: number; passed: number } };
    const { total, passed } = summary;
    console.log(`${name}, ADAPTER=${adapter} SCHEDULERS=${schedulers}: ${passed} of ${total} scenarios passed`);
    expect(passed, diff.output).toBe(total);
    expect(total).toBe(readFileSync(golden, 'utf8').trim().split('\n').length);
  });

  it('the official client', { timeout: 60_000 }, async () => {
    const client = await start(process.execPath, [`${recordings}official-client.mjs`, base], { cwd: `${root}/packages/e2e` });
    expect(await client.exited, client.output).toEqual({ code: 0, signal: null });
    expect(client.output).toMatch(/^11 passed, 0 failed$/m);
  });
});
