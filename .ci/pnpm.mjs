#!/usr/bin/env node
// Runs the pinned pnpm through npx, with every cache inside the clone: nothing outside it is changed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
const OLDEST_NODE = [20, 19];

const self = fileURLToPath(import.meta.url);
export const root = dirname(dirname(self));
export const cache = join(root, '.cache');

/** The environment of every tool: caches, stores and settings in `.cache`, nothing sent home. */
export const environment = {
  ...process.env,
  npm_config_cache: join(cache, 'npm'),
  npm_config_update_notifier: 'false',
  XDG_CACHE_HOME: join(cache, 'xdg-cache'),
  XDG_CONFIG_HOME: join(cache, 'xdg-config'),
  XDG_DATA_HOME: join(cache, 'xdg-data'),
  XDG_STATE_HOME: join(cache, 'xdg-state'),
  NODE_DISABLE_COMPILE_CACHE: '1', // npm and vite turn it on, in the system's temporary folder
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  // What an outer npx was asked for, as in `npx -p node@24 -c 'npm test'`, is not what ours is.
  npm_config_package: undefined,
  npm_config_call: undefined,
};

/** Exit code of a pnpm command. */
export function pnpm(...args) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`Rekindle needs Node ${OLDEST_NODE.join('.')} or newer, this is ${process.versions.node}.`);
    return 1;
  }
  const TMPDIR = join(cache, 'tmp'); // pnpm leaves its lock files there
  mkdirSync(TMPDIR, { recursive: true });
  const env = { ...environment, TMPDIR };
  const { status, error } = spawnSync('npx', ['--yes', PNPM, ...args], { cwd: root, env, stdio: 'inherit' });
  if (error) console.error(`npx could not be started: ${error.message}`);
  return status ?? 1;
}

if (realpathSync(process.argv[1]) === self) process.exit(pnpm(...process.argv.slice(2)));
