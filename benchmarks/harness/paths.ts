import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder `benchmarks`; this module is built into its `dist/harness`. */
export const HERE: string = fileURLToPath(new URL('../..', import.meta.url));
export const ROOT: string = fileURLToPath(new URL('../../..', import.meta.url));

/** A folder for things built on demand. */
export function cacheFolder(name: string): string {
  const folder = `${ROOT}.cache/bench/${name}`;
  mkdirSync(folder, { recursive: true });
  return folder;
}
