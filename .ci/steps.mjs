// The steps behind `npm start`, `npm test` and `npm run build`. Each answers its exit code.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { environment, pnpm, root } from './pnpm.mjs';
import { writeSnippets } from './snippets.mjs';

const BIOME = '@biomejs/biome/bin/biome';
const TSC = 'typescript/bin/tsc';
const VITEST = 'vitest/vitest.mjs';

/** Runs an installed tool with this node: half a second faster than `pnpm exec`. */
function tool(file, args, env = {}) {
  const argv = [join(root, 'node_modules', file), ...args];
  const { status, error } = spawnSync(process.execPath, argv, { cwd: root, env: { ...environment, ...env }, stdio: 'inherit' });
  if (error) console.error(`${file} could not be started: ${error.message}`);
  return status ?? 1;
}

export const install = () => pnpm('install', '--frozen-lockfile');
export const build = () => pnpm('exec', 'turbo', 'run', 'build');
export const lint = () => tool(BIOME, ['check']);
export const suite = (args, env) => tool(VITEST, ['run', ...args], env);

/** Tests, benchmarks and the code blocks of the documentation; the packages themselves are checked when they are built. */
export function typeCheck() {
  writeSnippets();
  return tool(TSC, ['-p', '.ci/tsconfig.check.json']);
}
