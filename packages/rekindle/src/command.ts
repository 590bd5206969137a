import { readFileSync } from 'node:fs';
import { run } from '@rekindle/cli';
import type { StartOptions } from './start-application.js';

/** The `rekindle` command. */
export async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const code = await run(process.argv.slice(2), {
    cwd: process.cwd(),
    environment: process.env,
    version,
    // Most commands do without a server, and begin sooner without loading one.
    startApplication: async (options) => (await import('./start-application.js')).startApplication(options as unknown as StartOptions),
    print: (line) => console.log(line),
  });
  process.exit(code);
}
