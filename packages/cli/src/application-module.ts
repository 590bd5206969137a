import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
  if (!statSync(path).isFile()) throw new UserError(1, `Expected the application's module at ${path}, that is a folder.`);
  return pathToFileURL(path);
}

/** Where this package and its siblings are. */
const OURS = fileURLToPath(new URL('../../', import.meta.url));
/** A line of a stack with a place in a file. */
const FRAME = /^at (?:.*? \()?((?:file:\/\/)?\/[^\s()]+:\d+:\d+)\)?$/;

/**
 * Rethrows what came of loading a module: as one sentence with the place, if it is the module's own fault, as it was if something else
 * has failed.
 */
export function explainLoading(url: URL, error: unknown): never {
  if (!(error instanceof Error)) throw error;
  const { code } = error as { code?: unknown };
  const places = (error.stack ?? '').split('\n').flatMap((line) => FRAME.exec(line.trim())?.[1] ?? []);
  const own = places.find((place) => !place.includes('/node_modules/') && !place.replace('file://', '').startsWith(OURS));
  const ofModules = error instanceof SyntaxError || error.name === 'SyntaxError' || (typeof code === 'string' && code.startsWith('ERR_'));
  // An error with a code of ours says everything by itself.
  if (!ofModules && (own === undefined || code !== undefined)) throw error;
  const place = own === undefined ? '' : `, at ${own}`;
  throw new UserError(1, `${url.pathname} could not be loaded: ${error.name}: ${error.message.split('\n', 1)[0]}${place}.`);
}
