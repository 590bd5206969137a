import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import validateName from 'validate-npm-package-name';
import { UserError } from './user-error.js';

/** Where the app goes, and what it is called. */
export interface Target {
  readonly folder: string;
  readonly name: string;
}

/** `my-app`, `apps/my-app`, `.`; `@me/my-app` is a name, and its folder is `my-app`. */
export function targetOf(text: string): Target {
  const scoped = /^@[^/\\]+\/([^/\\]+)$/.exec(text);
  if (scoped !== null) return { folder: resolve(scoped[1] as string), name: text };
  const folder = resolve(text);
  return { folder, name: basename(folder) };
}

/** Why npm would not take the name; undefined when it would. `taken` are the packages the app itself depends on. */
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  if (taken.includes(name)) return 'the app itself depends on a package of that name';
  const { validForNewPackages, errors = [], warnings = [] } = validateName(name);
  return validForNewPackages ? undefined : [...errors, ...warnings].join(', ');
}

/** Throws a `UserError` unless the app can be made there: in a folder that is not there yet, or has nothing in it but `.git`. */
export function checkFolder(folder: string): void {
  const shown = `'${folder}'`;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw new UserError(1, code === 'ENOTDIR' ? `${shown} is not a folder.` : `${shown} cannot be used: ${message}.`);
  }
  const [first] = names.filter((name) => name !== '.git');
  if (first !== undefined) throw new UserError(1, `The folder ${shown} is not empty, it holds '${first}': choose another name.`);
}
