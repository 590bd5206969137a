import { readdirSync, readFileSync, statSync } from 'node:fs';
import { root, start, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestOf, type Packed, packAll } from './support/packed.js';
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
});
