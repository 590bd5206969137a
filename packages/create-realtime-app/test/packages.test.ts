import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, start, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, manifestOf, type Packed, packAll } from './support/packed.js';
import { run } from './support/run.js';

// What npm would get, looked at by the tools that look for what others trip over.

const SLOW = 240_000;
const programOf = (name: string) => `${root}/packages/create-realtime-app/node_modules/.bin/${name}`;

let folder: TempFolder;
let packages: Packed[];
beforeAll(async () => {
  folder = tempFolder('packages');
  packages = await packAll(folder.path);
}, SLOW);
afterAll(() => folder?.remove());

describe('the packages', () => {
  it('have nothing that publint finds', async () => {
    for (const { name, tarball } of packages) expect(await run(programOf('publint'), [tarball, '--strict']), name).toContain('All good!');
  }, 120_000);

  it(
    'have types that every modern resolution finds',
    async () => {
      for (const packed of packages) {
        if ((await manifestOf(packed)).exports === undefined) continue; // a program
        const child = await start(programOf('attw'), [packed.tarball, '--profile', 'esm-only']);
        const { code } = await child.exited;
        expect(code, child.output).toBe(0);
      }
    },
    SLOW,
  );

  it('are small', () => {
    const sizes = packages.map(({ name, tarball }) => [name, statSync(tarball).size] as const);
    const all = sizes.reduce((sum, [, size]) => sum + size, 0);
    console.log(
      `Packed: ${sizes.map(([name, size]) => `${name} ${Math.ceil(size / 1024)} KB`).join(', ')}; together ${Math.ceil(all / 1024)} KB`,
    );
    expect(all).toBeLessThan(2 * 1024 * 1024);
  });

  it('say any in no public type', () => {
    const declared = readdirSync(`${root}/packages`).flatMap((name) => {
      const dist = `${root}/packages/${name}/dist`;
      const isPrivate =
        (JSON.parse(readFileSync(`${root}/packages/${name}/package.json`, 'utf8')) as { private?: boolean }).private === true;
      if (isPrivate) return [];
      return readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.d.ts'))
        .map((file) => `${dist}/${file}`);
    });
    expect(declared.length).toBeGreaterThan(100);
    const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(
      declared.filter((file) => /(?:[:<|&,[(=]|=>|extends|as)\s*any\b(?!\s*:)/.test(withoutComments(readFileSync(file, 'utf8')))),
    ).toEqual([]);
  });

  it('lead from no public type to those of the NATS client, which do not compile in a strict application', () => {
    const found = ['rekindle', 'testing', 'client'].flatMap((name) => {
      const { exports = {} } = JSON.parse(readFileSync(`${root}/packages/${name}/package.json`, 'utf8')) as Manifest;
      return Object.values(exports).flatMap(({ types }) => waysOut(`${root}/packages/${name}/${types}`));
    });
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter((way) => way.includes('@nats-io'))).toEqual([]);
  });
});

/** What declarations import that is not of this repository, with the file that does, as far as they lead from here. */
function waysOut(entry: string): string[] {
  const found: string[] = [];
  const files = new Set([entry]);
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
      const next = declarationOf(file, name);
      if (next === undefined) found.push(`${file.slice(root.length + 1)}: ${name}`);
      else files.add(next);
    }
  }
  return found;
}

function declarationOf(file: string, name: string): string | undefined {
  if (name.startsWith('.')) return join(dirname(file), name.replace(/\.js$/, '.d.ts'));
  const [, folder, path = ''] = /^@rekindle\/([\w-]+)(\/.*)?$/.exec(name) ?? [];
  if (folder === undefined) return undefined;
  const { exports = {} } = JSON.parse(readFileSync(`${root}/packages/${folder}/package.json`, 'utf8')) as Manifest;
  return join(`${root}/packages/${folder}`, exports[`.${path}`]?.types ?? '');
}
