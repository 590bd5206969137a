import { dirname, join } from 'node:path/posix';
import { arrows } from './arrows.js';

export interface Package {
  /** Its folder under `packages`. */
  readonly folder: string;
  readonly name: string;
  /** npm names of its dependencies and peer dependencies, and of what its bundles take in. */
  readonly declared: readonly string[];
}

function npmName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** What is wrong with this import, or undefined. `file` is relative to the package's `src`. */
export function complaint(from: Package, packages: readonly Package[], file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    return join(dirname(file), specifier).startsWith('..') ? 'reaches out of its package' : undefined;
  }
  if (specifier.startsWith('node:')) return undefined;
  const name = npmName(specifier);
  if (name === from.name) return 'imports its own package by name';
  const allowed = arrows[from.folder] ?? [];
  const sibling = packages.find((other) => other.name === name);
  if (sibling !== undefined && allowed !== 'anyone' && !allowed.includes(sibling.folder)) return `may not import ${sibling.name}`;
  if (name === 'uWebSockets.js' && from.folder !== 'server') return 'may not touch uWebSockets.js';
  return from.declared.includes(name) ? undefined : `does not declare ${name} in its package.json`;
}
