import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, startNode } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';
import { packages } from './imports/files.js';
import { specifiersOf } from './imports/specifiers.js';

// Packages ship bundles, as a thread's start takes a millisecond for every module it loads.

const libOf = (folder: string) => join(root, 'packages', folder, 'lib');
const bundled = packages().filter(({ folder }) => existsSync(libOf(folder)));
const filesOf = (folder: string, end: string) => readdirSync(libOf(folder)).filter((file) => file.endsWith(end));
const read = (folder: string, file: string) => readFileSync(join(libOf(folder), file), 'utf8');

interface SourceMap {
  readonly sources: readonly string[];
}

describe('the bundles', () => {
  it('are those of all packages that run in a server', () => {
    const names = ['channels', 'cli', 'cluster', 'kernel', 'pubsub', 'redis', 'rekindle', 'server', 'threads'];
    expect(bundled.map(({ folder }) => folder).sort()).toEqual(names);
  });

  it.each(bundled)('of $name hold every module once: what it keeps exists once in a thread', ({ folder }) => {
    const holders = new Map<string, string[]>();
    for (const map of filesOf(folder, '.js.map')) {
      for (const source of (JSON.parse(read(folder, map)) as SourceMap).sources) {
        holders.set(source, [...(holders.get(source) ?? []), map]);
      }
    }
    expect(holders.size).toBeGreaterThan(2);
    expect([...holders].filter(([, maps]) => maps.length > 1)).toEqual([]);
    expect([...holders.keys()].filter((source) => !/^\.\.\/(?:src|node_modules|\.\.\/\.\.\/node_modules)\//.test(source))).toEqual([]);
  });

  it.each(bundled)('of $name import bundles of their own and other packages by name', ({ folder, declared }) => {
    const imported = filesOf(folder, '.js').flatMap((file) => specifiersOf(file, read(folder, file)));
    const strange = imported.filter((specifier) => {
      if (specifier.startsWith('./')) return !existsSync(join(libOf(folder), specifier));
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
      return !specifier.startsWith('node:') && !declared.includes(name);
    });
    expect(strange).toEqual([]);
  });

  it('are all that a scheduler loads, and nothing of what only the gateway needs', async () => {
    const child = await startNode('packages/e2e/test/fixtures/modules-of-a-scheduler.mjs', [], { cwd: root, ready: /^\[/m });
    const loaded = JSON.parse(/^\[.*\]$/m.exec(child.output)?.[0] ?? '') as string[];
    await child.exited;
    expect(loaded.filter((url) => /\/node_modules\/(?!\.pnpm\/)(?:.*\/)?(?:ws|zod|@fastify\/send|compressible)\//.test(url))).toEqual([]);
    const own = loaded.filter((url) => !url.includes('/node_modules/'));
    expect(own.filter((url) => !/\/packages\/[a-z]+\/lib\/[\w-]+\.js$/.test(url))).toEqual([]);
    expect(own.length).toBeGreaterThan(15);
    expect(loaded.length).toBeLessThan(60);
  });
});
