import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why a fault cannot be put into the kernel built in `dist`, or null: its place has to be there, once.
 *
 * @type {(dist: string, fault: import('./faults.mjs').Fault) => string | null}
 */
export function obstacle(dist, { file, find }) {
  const places = textOf(dist, file).split(find).length - 1;
  if (places === 1) return null;
  return `expected once in dist/${file}, found ${places} times: ${JSON.stringify(find)}`;
}

/**
 * Puts the fault in; the function that it returns takes it out again.
 *
 * @type {(dist: string, fault: import('./faults.mjs').Fault) => () => void}
 */
export function putIn(dist, { file, find, replace }) {
  const path = join(dist, file);
  const original = textOf(dist, file);
  writeFileSync(
    path,
    original.replace(find, () => replace),
  );
  return () => writeFileSync(path, original);
}

/** @type {(dist: string, file: string) => string} */
function textOf(dist, file) {
  return readFileSync(join(dist, file), 'utf8');
}
