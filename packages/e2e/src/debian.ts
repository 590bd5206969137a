import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianRelease, privateApt } from './apt.js';
import { cache, root } from './paths.js';

// Debian's programs for tests, without root and without installing anything: apt fetches and checks the packages into `.cache/debian`,
// dpkg unpacks them there.

export interface DebianProgram {
  readonly name: string;
  /** The package that holds the program comes first. */
  readonly packages: readonly string[];
  /** The program inside its package. */
  readonly file: string;
  /** Of Debian; this machine's own by default. */
  readonly release?: string;
  /** Of the program. Without it, whatever the release has. */
  readonly version?: string;
  /** Shared libraries that this machine does not have come along. Only from the machine's own release. */
  readonly libraries?: boolean;
}

/** Statically linked: runs on Debian 12 as well. */
export const natsServer: DebianProgram = {
  name: 'nats-server',
  packages: ['nats-server'],
  file: 'usr/sbin/nats-server',
  release: 'trixie',
  version: '2.10.27',
};

export const oldNatsServer: DebianProgram = { ...natsServer, release: 'bookworm', version: '2.9.10' };

export const redisServer: DebianProgram = {
  name: 'redis-server',
  packages: ['redis-tools', 'redis-server'], // `redis-server` is a link to a program of redis-tools
  file: 'usr/bin/redis-server',
  libraries: true,
};

export const haproxy: DebianProgram = { name: 'haproxy', packages: ['haproxy'], file: 'usr/sbin/haproxy', libraries: true };

const folder = join(cache, 'debian');
const script = join(root, 'packages/e2e/fetch-debian.sh');

function ready(program: DebianProgram): string | undefined {
  if (!existsSync(folder)) return undefined;
  const prefix = `${program.name}-`;
  const found = readdirSync(folder).find((entry) =>
    program.version === undefined ? entry.startsWith(prefix) && /^\d/.test(entry.slice(prefix.length)) : entry === prefix + program.version,
  );
  return found === undefined ? undefined : join(folder, found, 'bin', program.name);
}

function describe({ packages, version, release }: DebianProgram): string {
  return `${packages.join(' and ')}${version === undefined ? '' : ` ${version}`} of Debian ${release ?? debianRelease() ?? ''}`.trim();
}

/** The first complaint of apt, or whatever came last. */
function complaint(error: Error & { stderr?: string; code?: unknown }): string {
  const lines = (error.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => line.startsWith('E: '))?.slice(3) ?? lines.at(-1) ?? `code ${String(error.code)}`;
}

async function fetch(program: DebianProgram): Promise<void> {
  const missing = ['apt-get', 'dpkg', 'flock'].filter((tool) => !existsSync(`/usr/bin/${tool}`));
  const release = program.release ?? debianRelease();
  if (missing.length > 0 || release === undefined) {
    const lack = missing.length > 0 ? `has no ${missing.join(', ')}` : 'does not run Debian';
    throw new Error(`The packages ${describe(program)} are needed, and this machine ${lack}.`);
  }
  const work = join(folder, 'work');
  mkdirSync(folder, { recursive: true });
  const config = await privateApt(join(folder, `apt-${release}`), release, join(work, 'archives'));
  const wanted = program.packages.map((name) => (program.version === undefined ? name : `${name}=${program.version}*`));
  // `install` works out which libraries are missing here, `download` does not look at this machine at all.
  const verb = program.libraries ? ['install', '--yes', '--download-only', '--reinstall', '--no-install-recommends'] : ['download'];
  const { name, version = '[0-9]*', file, packages } = program;
  const args = [config, folder, work, name, version, file, packages[0] ?? name, ...verb, ...wanted];
  const env = { ...process.env, LC_ALL: 'C' };
  await promisify(execFile)('flock', ['--wait', '900', join(folder, 'lock'), 'sh', script, ...args], { env }).catch((error) => {
    throw new Error(`The packages ${describe(program)} could not be fetched: ${complaint(error)}`);
  });
}

/** The program's path: at once when it has been fetched before. */
export async function debianProgram(program: DebianProgram): Promise<string> {
  let path = ready(program);
  if (path === undefined) {
    await fetch(program);
    path = ready(program);
  }
  if (path === undefined) throw new Error(`The packages ${describe(program)} were fetched and hold another version.`);
  return path;
}
