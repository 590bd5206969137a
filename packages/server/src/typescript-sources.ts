import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MisuseError } from '@rekindle/kernel';

/**
 * Where the module's source is: TypeScript where nothing was built beside it, as programs run with tsx or in a test name
 * `application.js` and have `application.ts`.
 */
export function sourceOf(module: string): string {
  if (!module.startsWith('file:') || !/\.[mc]?js$/.test(module) || existsSync(fileURLToPath(module))) return module;
  const source = module.replace(/js$/, 'ts');
  return existsSync(fileURLToPath(source)) ? source : module;
}

/**
 * Makes this thread able to load the TypeScript module: what a main thread can load, by tsx or a test runner, a worker thread
 * cannot by itself. Uses the application's own tsx, or Node's support where there is none.
 */
export async function allowTypeScript(module: string): Promise<void> {
  if (!/^file:.*\.[mc]?tsx?$/.test(module)) return;
  let tsx: string;
  try {
    tsx = createRequire(module).resolve('tsx/esm/api');
  } catch {
    if ((process.features as { typescript?: unknown }).typescript) return;
    throw new MisuseError('bad_option', `startApplication.module: expected tsx to be installed beside TypeScript sources, got ${module}`);
  }
  // The ES module beside it: the one for `require` does not find its own files.
  const { register } = (await import(pathToFileURL(tsx).href.replace(/\.cjs$/, '.mjs'))) as { register(): unknown };
  register();
}
