import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const DEBIAN = 'http://deb.debian.org/debian';
const DEBIAN_SECURITY = 'http://deb.debian.org/debian-security';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** `bookworm`, `trixie`; undefined when this machine runs something else. */
export function debianRelease(): string | undefined {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/** Written whole or not at all: others may be reading it. */
function write(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

interface Mirrors {
  readonly main: string;
  readonly security: string;
}

/** Debian's mirrors as this machine's apt is configured; Debian's own when it says nothing. */
async function mirrors(folder: string): Promise<Mirrors> {
  const own = debianRelease();
  const empty = join(folder, 'empty');
  mkdirSync(empty, { recursive: true });
  // With no lists at hand, apt says where it would get them from.
  const listing = promisify(execFile)('apt-get', ['-o', `Dir::State::lists=${empty}`, '--print-uris', 'update']);
  const { stdout } = await listing.catch(() => ({ stdout: '' }));
  const mirrorOf = (suite: string) => new RegExp(`^'(.+)/dists/${suite}/InRelease'`, 'm').exec(stdout)?.[1];
  // Others also name their suites after Debian's releases, but have no `-updates` and no `-security`.
  return { main: mirrorOf(`${own}-updates`) ?? DEBIAN, security: mirrorOf(`${own}-security`) ?? DEBIAN_SECURITY };
}

function source(mirror: string, suites: string): string {
  return `Types: deb\nURIs: ${mirror}\nSuites: ${suites}\nComponents: main\nSigned-By: ${KEYRING}\n`;
}

/**
 * Configures an apt of our own for one Debian release: its state, cache and sources are in `folder`, signatures are checked with
 * Debian's keys. It takes mirrors, proxies and time-outs from this machine's apt. Answers the configuration file.
 */
export async function privateApt(folder: string, release: string, archives: string): Promise<string> {
  mkdirSync(join(folder, 'state', 'lists', 'partial'), { recursive: true });
  const { main, security } = await mirrors(folder);
  const sources = join(folder, 'debian.sources');
  write(sources, `${source(main, `${release} ${release}-updates`)}\n${source(security, `${release}-security`)}`);
  const config = join(folder, 'apt.conf');
  write(
    config,
    `#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
Dir::State "${folder}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "${folder}/cache";
Dir::Cache::archives "${archives}";
Dir::Etc::sourcelist "${sources}";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Debug::NoLocking "true";
`,
  );
  return config;
}
