import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Surroundings } from './command.js';
import { UserError } from './user-error.js';

const DEFAULT = 'dist/application.js';

/** The application's module as a URL. Throws a `UserError` when it is not there. */
export function moduleOf(given: string | undefined, { cwd }: Surroundings): URL {
  const path = resolve(cwd, given ?? DEFAULT);
  if (!existsSync(path)) {
    const hint = given === undefined ? ' Build the app first, or name the module.' : '';
    throw new UserError(1, `Expected the application's module at ${path}, there is no such file.${hint}`);
  }
  return pathToFileURL(path);
}
