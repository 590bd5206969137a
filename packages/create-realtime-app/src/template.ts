import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cp, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyDirectives } from './directives.js';
import { type Feature, features, type Template } from './features.js';
import { commandsOf, type PackageManager } from './package-manager.js';
import type { Target } from './target.js';
import { UserError } from './user-error.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folderOf = (name: string) => here(`../template/${name}`);
const BASE = folderOf('base');

interface Dependencies {
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}
interface Manifest extends Required<Dependencies> {
  readonly name: string;
}

const readJson = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
const manifestIn = (folder: string) => readJson<Manifest>(join(folder, 'package.json'));

/** What some features need beside the rest. */
const extra = readJson<{ readonly [feature: string]: Dependencies }>(join(folderOf('features'), 'dependencies.json'));

/** The version of this package and, as all are released together, of `rekindle`. */
export const { version } = readJson<{ version: string }>(here('../package.json'));

/** The packages that an app may depend on. */
export function dependencyNames(): string[] {
  return [manifestIn(BASE), ...Object.values(extra)].flatMap(({ dependencies, devDependencies }) =>
    Object.keys({ ...dependencies, ...devDependencies }),
  );
}

/** npm leaves files of these names out of packages, or tools of this repository would find them. */
const RENAMED = { _gitignore: '.gitignore', _dockerignore: '.dockerignore', '_biome.json': 'biome.json' };

/** What an app is made of. */
export interface Recipe {
  readonly target: Target;
  readonly manager: PackageManager;
  readonly template: Template;
  readonly features: readonly Feature[];
}

/** Writes the app. Throws a `UserError` when that is not possible there. */
export async function writeApp(recipe: Recipe): Promise<void> {
  try {
    await copyTemplate(recipe);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new UserError(1, `The app could not be written: ${error.message}.`);
  }
}

async function copyTemplate({ target: { folder, name }, manager, template, features: chosen }: Recipe): Promise<void> {
  const layers = [BASE, folderOf(template), ...chosen.map((feature) => folderOf(`features/${feature}`)), folderOf(manager)];
  for (const layer of layers) if (existsSync(layer)) await cp(layer, folder, { recursive: true });
  for (const [from, to] of Object.entries(RENAMED)) await rename(join(folder, from), join(folder, to));
  const on = new Set<string>([...chosen, template, manager]);
  const values = { name, ...commandsOf(manager) };
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, file);
    if (statSync(path).isFile() && !file.startsWith('.git/')) fillIn(path, on, values);
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifestFor(manifestIn(folder), name, chosen), null, 2)}\n`);
}

function manifestFor(manifest: Manifest, name: string, chosen: readonly Feature[]): Manifest {
  const added = features.filter((feature) => chosen.includes(feature)).map((feature) => extra[feature] ?? {});
  const all = (kind: keyof Dependencies) => {
    const together = Object.assign({}, manifest[kind], ...added.map((one) => one[kind])) as { [name: string]: string };
    const ours = Object.entries(together).map(([dependency, range]) => [dependency, range === 'workspace:*' ? version : range]);
    return Object.fromEntries(ours.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))) as { [name: string]: string };
  };
  return { ...manifest, name, dependencies: all('dependencies'), devDependencies: all('devDependencies') };
}

/** Leaves out what belongs to other features, and replaces `{{word}}` by its value. */
function fillIn(file: string, on: ReadonlySet<string>, values: { readonly [word: string]: string }): void {
  const text = readFileSync(file, 'utf8');
  const filled = applyDirectives(text, on).replace(/\{\{(\w+)\}\}/g, (placeholder, word: string) => values[word] ?? placeholder);
  if (filled !== text) writeFileSync(file, filled);
}
