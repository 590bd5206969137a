import { type Browser, freePort, launchBrowser, type NatsServer, start, startNats, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreatedApp, type Manager } from './support/created-app.js';
import { Member } from './support/member.js';
import { npmEnvironment, packAll } from './support/packed.js';
import { type Registry, startRegistry } from './support/registry.js';
import { timeReloads } from './support/reloads.js';

// Every template with every feature, made, installed, built, tested and opened with each package manager.

let folder: TempFolder;
let registry: Registry;
let browser: Browser;
let nats: NatsServer;

beforeAll(async () => {
  folder = tempFolder('matrix');
  const packages = await packAll(`${folder.path}/packages`);
  registry = await startRegistry(packages);
  await registry.publish(packages);
  browser = await launchBrowser();
  nats = await startNats();
});
afterAll(async () => {
  await browser?.close();
  await nats?.close();
  await registry?.close();
  folder?.remove();
});

const managers: readonly Manager[] = ['pnpm', 'npm', 'yarn', 'bun'];

describe.each(managers)('%s', (manager) => {
  it.each(['chat', 'minimal', 'tracker'])('makes a %s that passes its tests and opens in a browser', async (template) => {
    const options = ['--template', template, '--presence', '--cluster', '--auth'];
    const app = await CreatedApp.create(registry, folder.path, manager, `${template}-with-${manager}`, ...options);
    await app.manager('run', 'build');
    expect(await app.manager('run', 'lint')).toMatch(/No fixes applied/);
    for (const project of ['src', 'client', 'test'])
      expect(await app.program('tsc', '-p', project, '--noEmit', '--skipLibCheck', 'false')).toBe('');
    // With NATS the test on two nodes runs, too.
    const tests = await app.manager('test');
    expect(tests).toMatch(/Tests .*1 skipped/);
    process.env.TEST_NATS_URL = nats.url;
    try {
      expect(await app.manager('test')).not.toMatch(/skipped|failed/);
    } finally {
      delete process.env.TEST_NATS_URL;
    }
    expect(await app.program('rekindle', 'gen', 'channel', 'score')).not.toContain('by hand');
    expect(await app.manager('test')).toMatch(/score-channel/);
    const page = await browser.context.newPage();
    await app.open(page, async () => {
      await page.getByText('Here: Ann').waitFor();
    });
    await page.close();
  });
});

it('starts an app again with each change, and says how long that takes', async () => {
  const app = await CreatedApp.create(registry, folder.path, 'pnpm', 'reloads', '--template', 'chat');
  const port = await freePort();
  const env = { ...npmEnvironment, PORT: String(port) };
  const dev = await start('node_modules/.bin/rekindle', ['dev'], {
    cwd: app.folder,
    env,
    ready: /^Running \(\d+ ms\)/m,
    timeoutMs: 120_000,
  });
  const ann = await Member.join(port, 'Ann', 'room:lobby', 'new_msg');
  // A figure, not a condition: the machine may have other work.
  const median = await timeReloads(app, ann, 20);
  console.log(`That is ${median < 2000 ? 'under' : 'OVER'} two seconds.`);
  ann.leave();
  await dev.kill();
});
