import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Child, cache, freePort, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { npmEnvironment, type Packed } from './packed.js';
import { run } from './run.js';

/** A registry on loopback: ours first, and for everything else what npm is set to. */
export interface Registry {
  /** What package managers have to be started with to use it, and no other. */
  readonly env: NodeJS.ProcessEnv;
  publish(packages: readonly Packed[]): Promise<void>;
  /** Publishes an empty package in the place of one that the other registry does not have. */
  fill(name: string, version: string): Promise<void>;
  close(): Promise<void>;
}

export async function startRegistry(ours: readonly Packed[]): Promise<Registry> {
  const folder: TempFolder = tempFolder('registry');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const others = (await run('npm', ['config', 'get', 'registry'], { env: npmEnvironment })).trim().split('\n').at(-1) ?? '';
  // What is fetched from elsewhere is kept for the next time, what is ours is not.
  const storage = `${cache}/verdaccio`;
  mkdirSync(storage, { recursive: true });
  for (const { name } of ours) rmSync(join(storage, name), { recursive: true, force: true });
  const own = ours.map(({ name }) => `  '${name}':\n    access: $all\n    publish: $all\n`).join('');
  writeFileSync(
    `${folder.path}/config.yaml`,
    `storage: ${storage}
uplinks:
  others:
    url: ${others}
    maxage: 60m
    timeout: 60s
packages:
${own}  '**':
    access: $all
    publish: $all
    proxy: others
max_body_size: 100mb
log: { type: stdout, format: pretty, level: warn }
`,
  );
  const manifest = createRequire(import.meta.url).resolve('verdaccio/package.json');
  const args = ['--config', `${folder.path}/config.yaml`, '--listen', `127.0.0.1:${port}`];
  const server: Child = await startNode(join(dirname(manifest), 'bin/verdaccio'), args, { cwd: folder.path });
  await answers(url, server);
  const npmrc = `${folder.path}/npmrc`;
  writeFileSync(npmrc, `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\n`);
  const env = {
    ...npmEnvironment,
    npm_config_registry: url,
    npm_config_userconfig: npmrc,
    YARN_NPM_REGISTRY_SERVER: url,
    // Of this registry alone: it keeps addresses.
    YARN_GLOBAL_FOLDER: `${folder.path}/yarn`,
    BUN_CONFIG_REGISTRY: url,
    BUN_INSTALL_CACHE_DIR: `${folder.path}/bun`,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_NPM_MINIMAL_AGE_GATE: '0',
    // What has just been published is what is wanted.
    npm_config_minimum_release_age: '0',
    pnpm_config_minimum_release_age: '0',
    npm_config_user_agent: undefined,
    XDG_DATA_HOME: `${cache}/xdg-data`,
    XDG_CACHE_HOME: `${cache}/xdg-cache`,
    XDG_CONFIG_HOME: `${folder.path}/config`,
    XDG_STATE_HOME: `${folder.path}/state`,
  };
  return {
    env,
    async publish(packages) {
      for (const { tarball } of packages) await run('npm', ['publish', tarball, '--registry', url], { cwd: folder.path, env });
    },
    async fill(name, version) {
      const empty = `${folder.path}/${name.replace('/', '-')}`;
      mkdirSync(empty);
      // `os` keeps everybody from installing it.
      writeFileSync(`${empty}/package.json`, JSON.stringify({ name, version, os: ['none'] }));
      await run('npm', ['publish', empty, '--registry', url, '--access', 'public'], { cwd: folder.path, env });
    },
    async close() {
      await server.kill();
      folder.remove();
    },
  };
}

async function answers(url: string, server: Child): Promise<void> {
  for (;;) {
    const ready = await fetch(`${url}-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    if (!server.running) throw new Error(`the registry has ended:\n${server.output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
