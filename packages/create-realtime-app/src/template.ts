import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandsOf, type PackageManager } from './package-manager.js';
import type { Target } from './target.js';
import { UserError } from './user-error.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const APP = here('../template/app');

interface Manifest {
  name: string;
  readonly dependencies: { [name: string]: string };
  readonly devDependencies: { readonly [name: string]: string };
}

const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The version of this package and, as all are released together, of `rekindle`. */
export const { version } = JSON.parse(readFileSync(here('../package.json'), 'utf8')) as { version: string };

/** The packages that an app depends on. */
export function dependencyNames(): string[] {
  const { dependencies, devDependencies } = manifestIn(APP);
  return Object.keys({ ...dependencies, ...devDependencies });
}

/** Writes the app. Throws a `UserError` when that is not possible there. */
export async function writeApp(target: Target, manager: PackageManager): Promise<void> {
  try {
    await copyTemplate(target, manager);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new UserError(1, `The app could not be written: ${error.message}.`);
  }
}

async function copyTemplate({ folder, name }: Target, manager: PackageManager): Promise<void> {
  await cp(APP, folder, { recursive: true });
  const settings = here(`../template/${manager}`);
  if (existsSync(settings)) await cp(settings, folder, { recursive: true });
  // npm leaves a .gitignore out of packages.
  await rename(join(folder, '_gitignore'), join(folder, '.gitignore'));
  const manifest = manifestIn(folder);
  manifest.name = name;
  manifest.dependencies.rekindle = version;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of ['README.md', 'public/index.html']) fillIn(join(folder, file), { name, ...commandsOf(manager) });
}

/** Replaces `{{word}}` by its value. */
function fillIn(file: string, values: { readonly [word: string]: string }): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(/\{\{(\w+)\}\}/g, (placeholder, word: string) => values[word] ?? placeholder),
  );
}
