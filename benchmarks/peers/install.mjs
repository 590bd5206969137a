// Installs the peers beside this file: exact versions from the lockfile, every cache inside the clone.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const pnpm = join(here, '..', '..', '.ci', 'pnpm.mjs');
const { status } = spawnSync(process.execPath, [pnpm, '--dir', here, 'install', '--frozen-lockfile'], { stdio: ['ignore', 2, 2] });
process.exit(status ?? 1);
