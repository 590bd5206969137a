import { parseArgs } from 'node:util';
import { type Feature, features, isTemplate, type Template, templates } from './features.js';
import { isPackageManager, type PackageManager, packageManagers } from './package-manager.js';
import { UserError } from './user-error.js';

/** What the command line says; undefined where it says nothing. */
export interface CommandLine {
  readonly target: string | undefined;
  readonly manager: PackageManager | undefined;
  readonly template: Template | undefined;
  /** Each on, off, or not said. */
  readonly features: { readonly [F in Feature]?: boolean };
  readonly install: boolean | undefined;
  readonly git: boolean | undefined;
  /** Takes the default for whatever is left open. */
  readonly yes: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

export const HELP = `Makes a realtime app on Rekindle.

  npm create realtime-app [NAME] [-- OPTIONS]
  pnpm create realtime-app [NAME] [OPTIONS]

NAME is the app's name, or the path of the folder to make it in. What is not given is asked for.

  --template ${templates.join('|')}  what the app begins as (default: chat)
  --presence               shows who is there
  --cluster                several nodes, joined over NATS
  --auth                   signed tokens instead of names on trust
  --uws                    the native server: faster, 113 MB, Node 18 and 20
  --pm ${packageManagers.join('|')}   package manager (default: the one that started this)
  --install, --no-install  installs the dependencies, or does not (default: installs)
  --git, --no-git          makes a git repository, or does not (default: makes one)
  -y, --yes                asks nothing and takes the defaults
  -h, --help               prints this
  -v, --version            prints the version`;

const SEE_HELP = 'Run it with --help to see what there is.';

/** Throws a `UserError` for what is not in the help. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parsed(args);
  if (positionals.length > 1) throw new UserError(2, `Expected one name, got ${positionals.length}: ${positionals.join(' ')}. ${SEE_HELP}`);
  const { pm, template, install, git, yes, help, version } = values;
  if (template !== undefined && !isTemplate(template))
    throw new UserError(2, `--template: expected ${templates.join(', ')}, got '${template}'.`);
  if (pm !== undefined && !isPackageManager(pm)) throw new UserError(2, `--pm: expected ${packageManagers.join(', ')}, got '${pm}'.`);
  return { target: positionals[0], manager: pm, template, features: given(values), install, git, yes, help, version };
}

function given(values: { readonly [F in Feature]?: boolean | undefined }): CommandLine['features'] {
  return Object.fromEntries(features.flatMap((feature) => (values[feature] === undefined ? [] : [[feature, values[feature]]])));
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        pm: { type: 'string' },
        template: { type: 'string' },
        presence: { type: 'boolean' },
        cluster: { type: 'boolean' },
        auth: { type: 'boolean' },
        uws: { type: 'boolean' },
        install: { type: 'boolean' },
        git: { type: 'boolean' },
        yes: { type: 'boolean', short: 'y', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', short: 'v', default: false },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Of Node's explanation the first sentence: "Unknown option '--fast'".
    const [what] = error.message.split(/\.\s/);
    throw new UserError(2, `${what?.replace(/\.$/, '')}. ${SEE_HELP}`);
  }
}
