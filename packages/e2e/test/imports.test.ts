import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';
import { arrows } from './imports/arrows.js';
import { packages, repositoryFiles } from './imports/files.js';
import { complaint, type Package } from './imports/rules.js';
import { specifiersOf } from './imports/specifiers.js';

const all = packages();
const files = repositoryFiles();
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const sourcesOf = ({ folder }: Package) => files.filter((file) => file.startsWith(`packages/${folder}/src/`) && file.endsWith('.ts'));

function complaintsAbout(from: Package, file: string, text: string): string[] {
  const inside = file.replace(`packages/${from.folder}/src/`, '');
  return specifiersOf(file, text).flatMap((specifier) => {
    const wrong = complaint(from, all, inside, specifier);
    return wrong === undefined ? [] : [`${file}: '${specifier}' ${wrong}`];
  });
}

describe('imports', () => {
  it.each(all)('of $name go where they may', (from) => {
    expect(Object.keys(arrows)).toContain(from.folder);
    expect(sourcesOf(from).flatMap((file) => complaintsAbout(from, file, read(file)))).toEqual([]);
  });

  it('leave uWebSockets.js to the server', () => {
    const others = all.filter(({ folder }) => folder !== 'server').flatMap(sourcesOf);
    expect(others.filter((file) => /uwebsockets\.js/i.test(read(file)))).toEqual([]);
  });

  it('are found in every form', () => {
    const text = `
      // import 'comment';
      const text = \`
        import 'template';
      \`;
      import 'bare';
      import type { A } from 'types';
      import {
        b,
      } from "lines"; export * from 'star';
      export { c } from 'named';
      type D = import('inline').D;
      const e = await import('dynamic'), f = await import(\`constant\`), g = await import(text);
      const h = require('required'), i = require.resolve('resolved'), j = import.meta.resolve('meta');
      const k = /['"]/;
    `;
    const forms = ['bare', 'types', 'lines', 'star', 'named', 'inline', 'dynamic', 'constant', 'required', 'resolved', 'meta'];
    expect(specifiersOf('forms.ts', text)).toEqual(forms);
  });

  it('in the wrong direction are reported', () => {
    const kernel: Package = { folder: 'kernel', name: '@rekindle/kernel', declared: ['msgpackr'] };
    const text = `
      import { Channel } from '@rekindle/channels';
      import { encode } from 'msgpackr/pack';
      import { z } from 'zod';
      import { App } from 'uWebSockets.js';
      import { Proc } from './process/proc.js';
      import { other } from '../../threads/src/index.js';
      import { spawn } from '@rekindle/kernel';
    `;
    const siblings: Package[] = [kernel, { folder: 'channels', name: '@rekindle/channels', declared: [] }];
    const reported = specifiersOf('wrong.ts', text).map((specifier) => complaint(kernel, siblings, 'wrong.ts', specifier));
    expect(reported).toEqual([
      'may not import @rekindle/channels',
      undefined,
      'does not declare zod in its package.json',
      'may not touch uWebSockets.js',
      undefined,
      'reaches out of its package',
      'imports its own package by name',
    ]);
  });
});

describe('the repository', () => {
  // Spelled so that this file does not name what it looks for.
  const private_ = [/\/(work|farm)\//, /registry\.[a-z-]+\.(com|org|io|net|dev)/];
  const named = (text: string) => private_.some((pattern) => pattern.test(text));

  it('names no folder of a machine and no registry', () => {
    expect(files.filter((file) => named(read(file)))).toEqual([]);
  });

  it('is searched for what it says', () => {
    expect(named(['', 'work', 'main'].join('/'))).toBe(true);
    expect(named(`https://${['registry', 'npmjs', 'org'].join('.')}/x`)).toBe(true);
    expect(named('a network/worker')).toBe(false);
    expect(files).toContain('packages/e2e/test/imports.test.ts');
    expect(files.filter((file) => /(^|\/)(node_modules|dist|\.git)\//.test(file))).toEqual([]);
  });
});
