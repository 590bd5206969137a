import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Child, freePort, start, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Member } from '../template/app/test/support/member.js';
import { filesOf, type Manifest, manifestOf, npmEnvironment, npmInstall, type Packed, packAll } from './support/packed.js';
import { run } from './support/run.js';

// From packing to a running app, as somebody has it who finds these packages on npm. Only where they come from is put in by hand.

const SLOW = 240_000;
vi.setConfig({ testTimeout: 90_000, hookTimeout: SLOW });

const NAME = 'my-first-app';

let folder: TempFolder;
let packages: Packed[];
/** A project that depends on everything we publish. */
let everything: string;
let app: string;

const isLate = (id: number) => id > 1000;

const fileDependencies = (packed: readonly Packed[]) => Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));

beforeAll(async () => {
  folder = tempFolder('create');
  packages = await packAll(`${folder.path}/packages`);
  everything = `${folder.path}/everything`;
  app = `${folder.path}/${NAME}`;
  mkdirSync(everything);
  writeFileSync(`${everything}/package.json`, JSON.stringify({ private: true, type: 'module', dependencies: fileDependencies(packages) }));
  await npmInstall(everything);
});

afterAll(() => folder?.remove());

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
      const outside = /^(README\.md|LICENSE|package\.json|dist\/.*\.(js|d\.ts)(\.map)?|src\/.*\.ts|template\/.*)$/;
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

  it('load', async () => {
    const manifests = await Promise.all(packages.map(manifestOf));
    const entries = manifests.flatMap(({ name, exports = {} }) => Object.keys(exports).map((path) => path.replace('.', name)));
    const script = `const all = await Promise.all(${JSON.stringify(entries)}.map((entry) => import(entry)));
      console.log(all.filter((module) => Object.keys(module).length > 0).length);`;
    const loaded = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: everything });
    // What exports nothing at run time has types only.
    expect(Number(loaded)).toBeGreaterThanOrEqual(entries.length - 1);
  });
});

describe('the app', () => {
  beforeAll(async () => {
    const cli = `${everything}/node_modules/.bin/create-realtime-app`;
    await run(cli, [NAME, '--pm', 'npm', '--no-install', '--no-git'], { cwd: folder.path });
    const manifest = readManifest();
    const siblings = packages.filter(({ name }) => name.startsWith('@rekindle/'));
    const { rekindle } = fileDependencies(packages);
    writeManifest({
      ...manifest,
      dependencies: { ...manifest.dependencies, rekindle: rekindle ?? '' },
      overrides: fileDependencies(siblings),
    });
    await npmInstall(app);
    await npm('run', 'build');
  });

  const readManifest = () => JSON.parse(readFileSync(`${app}/package.json`, 'utf8')) as Manifest;
  const writeManifest = (manifest: object) => writeFileSync(`${app}/package.json`, JSON.stringify(manifest));
  const npm = (...args: string[]) => run('npm', args, { cwd: app, env: npmEnvironment });

  it('has its name, and everything that npm would have left out', () => {
    expect(readManifest().name).toBe(NAME);
    expect(readdirSync(app)).toContain('.gitignore');
    expect(readFileSync(`${app}/README.md`, 'utf8')).toMatch(new RegExp(`^# ${NAME}\n`));
    expect(readFileSync(`${app}/public/index.html`, 'utf8')).toContain(`<title>${NAME}</title>`);
  });

  it('takes everything else from the registry', () => {
    const { dependencies, devDependencies } = readManifest() as Manifest & {
      readonly devDependencies: { readonly [name: string]: string };
    };
    const { rekindle, ...others } = { ...dependencies, ...devDependencies };
    expect(Object.values(others).filter((range) => !/^\^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });

  it.each(['src', 'client', 'test'])('%s is right for the strict compiler, with the types of all it depends on', async (project) => {
    const args = ['-p', project, '--noEmit', '--skipLibCheck', 'false'];
    expect(await run(process.execPath, ['node_modules/typescript/bin/tsc', ...args], { cwd: app })).toBe('');
  });

  it('passes its own tests', async () => {
    expect(await npm('test')).toMatch(/Tests .*8 passed.*\(8\)/);
  });

  describe('that runs', () => {
    let server: Child;
    let port: number;
    let ann: Member;
    let bob: Member;

    beforeAll(async () => {
      port = await freePort();
      server = await startNode('dist/main.js', [], { cwd: app, env: { PORT: String(port) }, ready: /^Listening on http/m });
      [ann, bob] = await Promise.all([Member.join(port, 'Ann', 'room:lobby'), Member.join(port, 'Bob', 'room:lobby')]);
    });
    afterAll(async () => {
      ann?.leave();
      bob?.leave();
      await server?.kill();
    });

    it('serves its page and all the page loads', async () => {
      for (const path of ['/', '/style.css', '/client/main.js', '/client/room.js', '/vendor/phoenix.mjs']) {
        const { status } = await fetch(`http://127.0.0.1:${port}${path}`);
        expect(`${path} ${status}`).toBe(`${path} 200`);
      }
    });

    it('carries messages', async () => {
      expect(await ann.push('new_msg', { body: 'Hello' })).toEqual({ id: 1 });
      await bob.until(() => bob.bodies.includes('Hello'));
    });

    it('survives the crash of a channel', async () => {
      await ann.crashChannel();
      expect([ann.bodies, bob.joins]).toEqual([['Hello'], 1]);
    });

    it('survives the crash of a room', async () => {
      await ann.crashRoom(bob);
      expect(await bob.push('new_msg', { body: 'Again' })).toEqual({ id: 1 });
      await ann.until(() => ann.messages.length > 0);
      expect(ann.bodies).toEqual(['Again']);
    });

    it('stops at SIGTERM', async () => {
      server.signal('SIGTERM');
      expect(await server.exited).toEqual({ code: 0, signal: null });
    });
  });

  it.each([
    [{ PORT: 'http' }, "PORT: expected a whole number from 0 to 65535, got 'http'\n"],
    [{ PORT: '65536' }, "PORT: expected a whole number from 0 to 65535, got '65536'\n"],
    [{ HOST: '', SCHEDULERS: '-1' }, "HOST: expected an address, got ''\nSCHEDULERS: expected a whole number from 0 to 1024, got '-1'\n"],
  ])('does not start with %j', async (env, output) => {
    const server = await startNode('dist/main.js', [], { cwd: app, env });
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(server.output).toBe(output);
  });

  // Last, because it changes the app.
  it('restarts with a change during development, and clients come back by themselves', async () => {
    const port = await freePort();
    const env = { ...npmEnvironment, PORT: String(port) };
    const dev = await start('npm', ['run', 'dev'], { cwd: app, env, ready: /Listening on http/, timeoutMs: SLOW });
    await dev.waitFor(/Watching for file changes/);
    const ann = await Member.join(port, 'Ann', 'room:lobby');
    expect(await ann.push('new_msg', { body: 'Before' })).toEqual({ id: 1 });
    const file = `${app}/src/room.ts`;
    writeFileSync(file, readFileSync(file, 'utf8').replace('#posted = 0', '#posted = 1000'));
    await ann.until(() => ann.joins > 1);
    await expect.poll(() => ann.push('new_msg', { body: 'After' }), { timeout: SLOW }).toHaveProperty('id', expect.toSatisfy(isLate));
    ann.leave();
    await dev.kill();
  });
});
