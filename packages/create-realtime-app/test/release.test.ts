import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest } from './support/packed.js';
import { run } from './support/run.js';

// A release as far as it goes without publishing, in a copy of all manifests.

let folder: TempFolder;
let workflow: string;
const copied = (path: string): string => join(folder.path, path);
const manifestAt = (base: string, name: string) =>
  JSON.parse(readFileSync(join(base, 'packages', name, 'package.json'), 'utf8')) as Manifest;

beforeAll(async () => {
  folder = tempFolder('release');
  workflow = readFileSync(`${root}/.github/workflows/release.yml`, 'utf8');
  const manifests = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(`${root}/${parent}`).map((name) => `${parent}/${name}/package.json`),
  );
  for (const path of ['package.json', 'pnpm-workspace.yaml', 'docs/package.json', 'benchmarks/package.json', '.changeset', ...manifests]) {
    if (!existsSync(`${root}/${path}`)) continue;
    mkdirSync(dirname(copied(path)), { recursive: true });
    cpSync(`${root}/${path}`, copied(path), { recursive: true });
  }
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'Before');
});
afterAll(() => folder?.remove());

function git(...args: string[]): Promise<string> {
  return run('git', ['-c', 'user.name=Nobody', '-c', 'user.email=nobody@localhost', ...args], { cwd: folder.path });
}

const names = readdirSync(`${root}/packages`);

it('gives all packages one new version, and each a changelog', async () => {
  writeFileSync(copied('.changeset/a-fix.md'), `---\n'@rekindle/kernel': patch\n---\n\nWhat was wrong is right.\n`);
  await run(process.execPath, [`${root}/node_modules/@changesets/cli/bin.js`, 'version'], { cwd: folder.path });
  const published = names.filter((name) => manifestAt(root, name).private !== true);
  const versions = new Set(published.map((name) => manifestAt(folder.path, name).version));
  expect([...versions]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  expect(versions).not.toContain(manifestAt(root, 'kernel').version);
  const [version] = versions;
  expect(readFileSync(copied('packages/kernel/CHANGELOG.md'), 'utf8')).toMatch(new RegExp(`## ${version}[^]*What was wrong is right\\.`));
  for (const name of published) {
    expect(readFileSync(copied(`packages/${name}/CHANGELOG.md`), 'utf8')).toContain(`## ${version}\n`);
    // Packages name each other by `workspace:`, which becomes the version when they are packed.
    expect(manifestAt(folder.path, name).dependencies).toEqual(manifestAt(root, name).dependencies);
  }
  expect(manifestAt(folder.path, 'e2e').version).toBe('0.0.0');
  expect(readdirSync(copied('.changeset'))).toEqual(['config.json']);
});

it('is published by a workflow whose commands exist, with provenance', () => {
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: { readonly [name: string]: string } };
  const commands = [...workflow.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = '']) => name).filter((name) => name !== 'asks');
  expect(commands).toEqual(['test', 'release:version', 'release:publish']);
  expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
  expect(workflow).toMatch(/id-token: write/);
  expect(workflow).toMatch(/NPM_CONFIG_PROVENANCE: true/);
});
