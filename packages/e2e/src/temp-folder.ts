import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardFolder } from './guard.js';

export interface TempFolder {
  readonly path: string;
  remove(): void;
}

/** A new folder in the system's temporary one; it goes with the test process at the latest. */
export function tempFolder(name: string): TempFolder {
  const path = mkdtempSync(join(tmpdir(), `rekindle-${name}-`));
  guardFolder(path);
  // A process just killed may still be writing: the retries are for that.
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
