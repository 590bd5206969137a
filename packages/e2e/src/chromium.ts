import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { type DebianProgram, debianProgram } from './debian.js';
import { tempFolder } from './temp-folder.js';

const unpacked: DebianProgram = {
  name: 'chromium',
  packages: ['chromium', 'chromium-common'],
  file: 'usr/lib/chromium/chromium',
  libraries: true,
};

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function installed(): string | undefined {
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path));
}

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=600', ...args], { env, stdio: 'ignore' }).status === 0;
}

/** The path of Debian's chromium. It is installed for root; for others it is unpacked into `.cache`. */
export async function chromiumPath(): Promise<string> {
  const found = installed();
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && apt('update') && apt('install', '--yes', '--no-install-recommends', 'chromium')) {
    return installed() ?? '/usr/bin/chromium';
  }
  return debianProgram(unpacked);
}

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** A headless browser with an empty profile. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await chromiumPath();
  const profile = tempFolder('chromium');
  try {
    const context = await chromium.launchPersistentContext(profile.path, {
      executablePath,
      args: FLAGS,
      headless: true,
      // What chromium and its libraries write beside their profile goes with it, too.
      env: { ...process.env, HOME: profile.path, XDG_CONFIG_HOME: profile.path, XDG_CACHE_HOME: profile.path },
    });
    return {
      context,
      close: async () => {
        try {
          await context.close();
        } finally {
          profile.remove();
        }
      },
    };
  } catch (error) {
    profile.remove();
    throw error;
  }
}
