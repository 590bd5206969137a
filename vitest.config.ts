import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `--mode long` runs the long forms, `*.long.test.ts`, and nothing else.
export default defineConfig(({ mode }) => {
  const long = mode === 'long';
  const name = long ? '*.long.test.ts' : '*.test.ts';
  return {
    cacheDir: '.cache/vite',
    test: {
      include: [`packages/*/test/**/${name}`, `apps/*/test/**/${name}`],
      exclude: ['**/node_modules/**', ...(long ? [] : ['**/*.long.test.ts'])],
      // Processes, not threads: a native crash or a leaked worker takes one test file along, not the run.
      pool: 'forks',
      maxWorkers: 2,
      globalSetup: fileURLToPath(new URL('.ci/bundle-before-tests.mjs', import.meta.url)),
      testTimeout: long ? 600_000 : 20_000,
      hookTimeout: long ? 600_000 : 60_000,
      // Tests run what ships: without this vitest would transform the built files of a workspace package.
      server: { deps: { external: [/\/(?:dist|lib)\//] } },
    },
  };
});
