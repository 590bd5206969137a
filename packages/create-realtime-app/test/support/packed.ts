import { readdirSync, readFileSync } from 'node:fs';
import { cache, root } from '@rekindle/e2e';
import { run } from './run.js';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly repository?: unknown;
  readonly exports?: { readonly [path: string]: { readonly types: string; readonly default: string } };
  readonly bin?: { readonly [name: string]: string };
  readonly dependencies?: { readonly [name: string]: string };
}

/** One package as npm would get it. */
export interface Packed {
  readonly name: string;
  readonly tarball: string;
}

/** Packs every package of the workspace that is published. */
export async function packAll(folder: string): Promise<Packed[]> {
  const manifests = readdirSync(`${root}/packages`).map(
    (name) => JSON.parse(readFileSync(`${root}/packages/${name}/package.json`, 'utf8')) as Manifest,
  );
  const published = manifests.filter((manifest) => manifest.private !== true);
  const filters = published.map(({ name }) => `--filter=${name}`);
  await run(process.execPath, [`${root}/.ci/pnpm.mjs`, ...filters, '-r', 'pack', '--pack-destination', folder]);
  return published.map(({ name, version }) => ({ name, tarball: `${folder}/${name.replace('@', '').replace('/', '-')}-${version}.tgz` }));
}

/** Names of the files in a package. */
export async function filesOf({ tarball }: Packed): Promise<string[]> {
  const listing = await run('tar', ['-tzf', tarball]);
  return listing
    .trim()
    .split('\n')
    .map((line) => line.replace(/^package\//, ''));
}

export async function manifestOf({ tarball }: Packed): Promise<Manifest> {
  return JSON.parse(await run('tar', ['-xOzf', tarball, 'package/package.json'])) as Manifest;
}

export const npmEnvironment = { npm_config_cache: `${cache}/npm`, npm_config_update_notifier: 'false' };

export async function npmInstall(folder: string): Promise<void> {
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder, env: npmEnvironment });
}
