import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@rekindle/e2e';
import { takenIn } from './arrows.js';
import type { Package } from './rules.js';

/** `node_modules/` and the like, `*.tsbuildinfo` and the like: the two forms that .gitignore uses. */
const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n').filter(Boolean);

function isIgnored(path: string, isFolder: boolean): boolean {
  return ignored.some((rule) => {
    if (rule.startsWith('*')) return path.endsWith(rule.slice(1));
    return isFolder && `/${path}/`.endsWith(`/${rule}`);
  });
}

/** The files of the repository, relative to the root, with or without git. */
export function repositoryFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.name === '.git' || isIgnored(path, entry.isDirectory())) return [];
    if (entry.isDirectory()) return repositoryFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
}

export function packages(): Package[] {
  return readdirSync(join(root, 'packages')).flatMap((folder) => {
    const file = join(root, 'packages', folder, 'package.json');
    if (!existsSync(file)) return [];
    const { name, dependencies, peerDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    return [{ folder, name, declared: [...Object.keys({ ...dependencies, ...peerDependencies }), ...(takenIn[folder] ?? [])] }];
  });
}
