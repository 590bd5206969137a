import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { artifacts, type Browser, freePort, launchBrowser, start, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CreatedApp } from './support/created-app.js';
import { Member } from './support/member.js';
import { filesOf, type Manifest, manifestOf, npmEnvironment, type Packed, packAll } from './support/packed.js';
import { type Registry, startRegistry } from './support/registry.js';
import { timeReloads } from './support/reloads.js';
import { run } from './support/run.js';

// From packing to a running app, as somebody has it who finds these packages on npm: they are published to a registry of our own.

const SLOW = 240_000;
vi.setConfig({ testTimeout: 90_000, hookTimeout: SLOW });

const NAME = 'my-first-app';

let folder: TempFolder;
let packages: Packed[];
let registry: Registry;
let app: CreatedApp;
let browser: Browser;
let page: Page;
/** Milliseconds, by what took them. */
const took: { [what: string]: number } = {};

async function timed<T>(what: string, doIt: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await doIt();
  took[what] = Math.round(performance.now() - began);
  return value;
}

beforeAll(async () => {
  folder = tempFolder('create');
  packages = await packAll(`${folder.path}/packages`);
  registry = await startRegistry(packages);
  await registry.publish(packages);
  browser = await launchBrowser();
  page = await browser.context.newPage();
  app = await timed('create and install', () => CreatedApp.create(registry, folder.path, 'pnpm', NAME, '--template', 'chat', '--presence'));
  await timed('build', () => app.manager('run', 'build'));
});

afterAll(async () => {
  console.log(`From create to the first message: ${JSON.stringify(took)} ms`);
  await browser?.close();
  await registry?.close();
  folder?.remove();
});

const readManifest = () => JSON.parse(readFileSync(`${app.folder}/package.json`, 'utf8')) as Manifest;

describe('the packages', () => {
  it('are complete', async () => {
    for (const packed of packages) {
      const [files, manifest] = await Promise.all([filesOf(packed), manifestOf(packed)]);
      const entries = [
        ...Object.values(manifest.exports ?? {}).flatMap((entry) => Object.values(entry)),
        ...Object.values(manifest.bin ?? {}),
      ];
      expect(entries, packed.name).not.toEqual([]);
      const wanted = ['README.md', 'LICENSE', ...entries.map((entry) => entry.replace(/^\.\//, ''))];
      expect({ [packed.name]: wanted.filter((file) => !files.includes(file)) }).toEqual({ [packed.name]: [] });
      expect(manifest).toMatchObject({ name: packed.name, license: 'MIT' });
      expect(manifest, packed.name).not.toHaveProperty('repository');
    }
  });

  it('hold nothing that is of no use elsewhere', async () => {
    for (const packed of packages) {
      const outside =
        /^(README\.md|LICENSE|package\.json|lib\/LICENSE-[\w-]+|(?:dist|lib)\/.*\.(js|d\.ts)(\.map)?|src\/.*\.ts|template\/.*)$/;
      expect((await filesOf(packed)).filter((file) => !outside.test(file))).toEqual([]);
    }
  });

  it('name each other by version', async () => {
    for (const packed of packages) {
      const { version, dependencies = {} } = await manifestOf(packed);
      expect(Object.values(dependencies).join()).not.toMatch(/workspace|file|link/);
      for (const { name } of packages) if (dependencies[name] !== undefined) expect(dependencies[name]).toBe(version);
    }
  });

  it('load, each by itself', async () => {
    const project = `${folder.path}/everything`;
    mkdirSync(project);
    const manifests = await Promise.all(packages.map(manifestOf));
    const dependencies = { ...Object.fromEntries(manifests.map(({ name, version }) => [name, version])), 'fast-check': '^4.10.2' };
    writeFileSync(`${project}/package.json`, JSON.stringify({ private: true, type: 'module', dependencies }));
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: project, env: registry.env });
    // Those for a test runner load in one only; the app's own tests do that.
    const entries = manifests
      .flatMap(({ name, exports = {} }) => Object.keys(exports).map((path) => path.replace('.', name)))
      .filter((entry) => !entry.endsWith('/vitest') && !entry.endsWith('/node-test'));
    const script = `const all = await Promise.all(${JSON.stringify(entries)}.map((entry) => import(entry)));
      console.log(all.filter((module) => Object.keys(module).length > 0).length);`;
    const loaded = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: project });
    // What exports nothing at run time has types only.
    expect(Number(loaded)).toBeGreaterThanOrEqual(entries.length - 1);
  });
});

describe('rekindle alone', () => {
  it('is small when it is installed', async () => {
    const project = `${folder.path}/alone`;
    mkdirSync(project);
    writeFileSync(`${project}/package.json`, JSON.stringify({ private: true, dependencies: { rekindle: '*' } }));
    await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: project, env: registry.env });
    const files = readdirSync(`${project}/node_modules`, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(`${parentPath}/${name}`).size, 0);
    const { packages: installed } = JSON.parse(readFileSync(`${project}/package-lock.json`, 'utf8')) as { packages: object };
    const megabytes = bytes / 1024 ** 2;
    console.log(`Installed: rekindle with all it needs ${megabytes.toFixed(1)} MB, ${Object.keys(installed).length - 1} packages`);
    expect(megabytes).toBeLessThan(30);
  });
});

describe('the app', () => {
  it('has its name, and everything that npm would have left out', () => {
    expect(readManifest().name).toBe(NAME);
    expect(readdirSync(app.folder)).toEqual(
      expect.arrayContaining(['.gitignore', '.dockerignore', 'Dockerfile', 'compose.yaml', 'Procfile']),
    );
    expect(readFileSync(`${app.folder}/README.md`, 'utf8')).toMatch(new RegExp(`^# ${NAME}\n`));
    expect(readFileSync(`${app.folder}/public/index.html`, 'utf8')).toContain(`<title>${NAME}</title>`);
  });

  it('takes everything else from the registry', async () => {
    const ours = new Set(packages.map(({ name }) => name));
    const { dependencies, devDependencies } = readManifest() as Manifest & {
      readonly devDependencies: { readonly [name: string]: string };
    };
    const others = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !ours.has(name));
    expect(others.filter(([, range]) => !/^\^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });

  it.each(['src', 'client', 'test'])('%s is right for the strict compiler, with the types of all it depends on', async (project) => {
    const args = ['-p', project, '--noEmit', '--skipLibCheck', 'false'];
    expect(await run(process.execPath, ['node_modules/typescript/bin/tsc', ...args], { cwd: app.folder })).toBe('');
  });

  it('passes its own lint and tests', async () => {
    expect(await app.manager('run', 'lint')).toMatch(/Checked \d+ files.*No fixes applied/s);
    expect(await app.manager('test')).toMatch(/Tests .*12 passed.*\(12\)/);
  });

  it('carries messages in the browser, with the people who are there', async () => {
    await app.open(page, async (port) => {
      const bob = await Member.join(port, 'Bob', 'room:lobby', 'new_msg');
      await page.getByText('Here: Ann, Bob').waitFor();
      await timed('the first message', async () => {
        await page.getByLabel('Message', { exact: true }).fill('Hello');
        await page.getByRole('button', { name: 'Send' }).click();
        await bob.until(() => bob.heard.some(({ payload }) => payload.body === 'Hello'));
      });
      await page.getByRole('listitem').getByText('Hello').waitFor();
      await page.getByRole('button', { name: 'Crash the room' }).click();
      await page.getByText('The room crashed and was restarted').waitFor();
      expect(bob.joins).toBe(1);
      for (const path of ['/health', '/ready'])
        expect(`${path} ${(await fetch(`http://127.0.0.1:${port}${path}`)).status}`).toBe(`${path} 200`);
      mkdirSync(artifacts, { recursive: true });
      await page.screenshot({ path: `${artifacts}/generated-chat.png` });
      bob.leave();
    });
  });

  it.each([
    [{ PORT: 'http' }, "PORT: expected a whole number from 0 to 65535, got 'http'\n"],
    [{ PORT: '65536' }, "PORT: expected a whole number from 0 to 65535, got '65536'\n"],
    [{ HOST: '', SCHEDULERS: '-1' }, "HOST: expected an address, got ''\nSCHEDULERS: expected a whole number from 0 to 1024, got '-1'\n"],
  ])('does not start with %j', async (env, output) => {
    const server = await startNode('dist/main.js', [], { cwd: app.folder, env });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.output).toBe(output);
  });

  it('has a property test that finds a planted bug, and its seed finds it again', async () => {
    const room = `${app.folder}/src/room.ts`;
    const good = readFileSync(room, 'utf8');
    writeFileSync(room, good.replace('const HISTORY = 50', 'const HISTORY = 3'));
    const property = (env: NodeJS.ProcessEnv) =>
      run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/room.property.test.ts'], { cwd: app.folder, env }).catch(
        String,
      );
    const output = await property({ RUNS: '1000' });
    const [, runs, seed, path] =
      /found after (\d+) runs, with these steps:[\s\S]*?FC_SEED=(-?\d+) FC_PATH=([\d:]+) repeats it/.exec(output) ?? [];
    expect(Number(runs), output).toBeLessThanOrEqual(1000);
    expect(output.match(/^ {2}\d\. \{"push":"new_msg"/gm)).toHaveLength(4);
    const again = await property({ RUNS: '1000', FC_SEED: seed, FC_PATH: path });
    expect(again).toMatch(new RegExp(`FC_SEED=${seed} FC_PATH=`));
    writeFileSync(room, good);
    expect(await property({})).toMatch(/1 passed/);
  });

  it('grows by generators, whose tests pass, and which may be run again', async () => {
    const kinds = ['channel', 'socket', 'presence', 'genserver', 'supervisor', 'contract'];
    expect(await app.program('rekindle', 'gen', 'channel', 'score-board', '--dry')).toMatch(
      /new +src\/score-board-channel\.ts\n[\s\S]*Nothing was written/,
    );
    expect(app.has('src/score-board-channel.ts')).toBe(false);
    for (const kind of kinds) expect(await app.program('rekindle', 'gen', kind, `my-${kind}-part`)).not.toContain('by hand');
    const before = readFileSync(`${app.folder}/src/application.ts`, 'utf8');
    expect(await app.program('rekindle', 'gen', 'genserver', 'my-genserver-part')).toBe(
      'same    src/my-genserver-part.ts\nsame    test/my-genserver-part.test.ts\nsame    src/application.ts\n',
    );
    expect(readFileSync(`${app.folder}/src/application.ts`, 'utf8')).toBe(before);
    expect(await app.manager('test')).toMatch(/Tests .*\d+ passed/);
    expect(await app.manager('run', 'lint')).toMatch(/No fixes applied/);
    const routes = await app.program('rekindle', 'routes');
    for (const line of ["MyGenserverPart 'my-genserver-part'", 'my_channel_part:*  MyChannelPartChannel', '/my-socket-part/websocket'])
      expect(routes).toContain(line);
  });

  // Last, because it changes the app.
  it(
    'starts again with a change during development; clients come back, and errors are shown in the page',
    async () => {
      const port = await freePort();
      const dev = await start('node_modules/.bin/rekindle', ['dev'], {
        cwd: app.folder,
        env: { ...npmEnvironment, PORT: String(port) },
        ready: /^Running \(\d+ ms\)/m,
        timeoutMs: SLOW,
      });
      const ann = await Member.join(port, 'Ann', 'room:lobby', 'new_msg');
      expect(await ann.push('new_msg', { body: 'Before' })).toEqual({ id: 1 });
      page.once('dialog', (dialog) => void dialog.accept('Eve'));
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.locator('#status').getByText('Connected', { exact: true }).waitFor();

      const room = `${app.folder}/src/room.ts`;
      const good = readFileSync(room, 'utf8');
      await timeReloads(app, ann, Number(process.env.RELOADS ?? 3));

      writeFileSync(room, `${good}\nexport const wrong: number = 'text';\n`);
      const overlay = page.locator('#rekindle-overlay');
      const line = good.split('\n').length + 1;
      await overlay.getByText(`src/room.ts:${line}:14`).waitFor();
      await overlay.getByText("Type 'string' is not assignable to type 'number'.").waitFor();
      writeFileSync(room, good);
      await overlay.waitFor({ state: 'detached' });
      await page.locator('#status').getByText('Connected', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Crash the room' }).click();
      await overlay.getByText(/src\/room\.ts:\d+:\d+[\s\S]*Room .* crashed: Error: somebody pressed "Crash the room"/).waitFor();
      ann.leave();
      await dev.kill();
    },
    SLOW,
  );
});
