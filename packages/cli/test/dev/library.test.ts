import { mkdirSync, writeFileSync } from 'node:fs';
import { root, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isLibrary } from '../../dist/dev/library.js';

let folder: TempFolder;
beforeEach(() => {
  folder = tempFolder('library');
  for (const [path, name] of [
    ['app', 'app'],
    ['packages/mine', '@me/mine'],
    ['rekindle/packages/kernel', '@rekindle/kernel'],
  ]) {
    mkdirSync(`${folder.path}/${path}/src`, { recursive: true });
    writeFileSync(`${folder.path}/${path}/package.json`, JSON.stringify({ name }));
  }
});
afterEach(() => folder.remove());

it.each([
  ['app/src/room.ts', false],
  ['app/node_modules/zod/index.js', true],
  ['app/node_modules/.pnpm/@rekindle+kernel@0.1.0/node_modules/@rekindle/kernel/src/process.ts', true],
  // Another package of the same repository, and ours where it is linked.
  ['packages/mine/src/room.ts', false],
  ['rekindle/packages/kernel/src/process.ts', true],
  ['rekindle/packages/kernel/lib/index.js', true],
])('%s: %j', (file, library) => {
  expect(isLibrary(`${folder.path}/${file}`, `${folder.path}/app`)).toBe(library);
});

it('takes an application of this repository for what it is when it is developed', () => {
  expect(isLibrary(`${root}/apps/chat/src/room.ts`, `${root}/apps/chat`)).toBe(false);
  expect(isLibrary(`${root}/packages/kernel/src/index.ts`, `${root}/apps/chat`)).toBe(true);
});

it('is not put off by a manifest that is being written', () => {
  writeFileSync(`${folder.path}/packages/mine/package.json`, '{ "name": ');
  expect(isLibrary(`${folder.path}/packages/mine/src/room.ts`, `${folder.path}/app`)).toBe(false);
});
