import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Whether a file is no part of what is developed in the folder `app`: installed, or ours. Ours may be linked, in which case its frames
 * have the real path, without `node_modules`; and source maps name its sources instead of what is shipped. Whose it is says its package.
 */
export function isLibrary(file: string, app: string): boolean {
  if (file.includes('/node_modules/')) return true;
  return !file.startsWith(`${app}/`) && /^(?:@rekindle\/|rekindle$)/.test(packageOf(file) ?? '');
}

/** The name of the package that a file belongs to. */
function packageOf(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) return nameIn(readFileSync(manifest, 'utf8'));
    if (folder === dirname(folder)) return undefined;
  }
}

/** It may be edited just now, and be no JSON for a moment. */
function nameIn(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(manifest) as { readonly name?: unknown };
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
