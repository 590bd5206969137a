#!/usr/bin/env node
// Runs the pinned pnpm through npx, with every cache inside the clone: nothing outside it is changed.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
const OLDEST_NODE = [20, 19];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, '.cache');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(`Rekindle needs Node ${OLDEST_NODE.join('.')} or newer, this is ${process.versions.node}.`);
  process.exit(1);
}
const env = {
  ...process.env,
  npm_config_cache: join(cache, 'npm'),
  npm_config_update_notifier: 'false',
  XDG_CACHE_HOME: join(cache, 'xdg-cache'),
  XDG_CONFIG_HOME: join(cache, 'xdg-config'),
  XDG_DATA_HOME: join(cache, 'xdg-data'),
  XDG_STATE_HOME: join(cache, 'xdg-state'),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
};
const { status, error } = spawnSync('npx', ['--yes', PNPM, ...process.argv.slice(2)], { cwd: root, env, stdio: 'inherit' });
if (error) console.error(`npx could not be started: ${error.message}`);
process.exit(status ?? 1);
