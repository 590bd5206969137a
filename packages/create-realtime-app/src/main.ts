import { relative } from 'node:path';
import { log, outro } from '@clack/prompts';
import { Cancelled, type Choices, choices } from './choices.js';
import { HELP, parseCommandLine } from './command-line.js';
import { commandsOf, startedBy } from './package-manager.js';
import { runIn } from './run-in.js';
import { version, writeApp } from './template.js';
import { UserError } from './user-error.js';

/** The whole command. Resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const given = parseCommandLine(args);
    if (given.help || given.version) {
      console.log(given.help ? HELP : version);
      return 0;
    }
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    return await create(await choices(given, startedBy(process.env.npm_config_user_agent), terminal));
  } catch (error) {
    if (error instanceof Cancelled) {
      log.info('Nothing was made.');
      return 1;
    }
    if (!(error instanceof UserError)) throw error;
    console.error(`create-realtime-app: ${error.message}`);
    return error.exitCode;
  }
}

async function create({ install, git, ...recipe }: Choices): Promise<number> {
  const { target, manager } = recipe;
  const { folder } = target;
  await writeApp(recipe);
  log.success(`Made ${target.name} in ${folder}`);
  if (git) await makeRepository(folder);
  const commands = commandsOf(manager);
  const problem = install ? await runIn(folder, commands.install) : undefined;
  if (problem !== undefined)
    log.error(`'${commands.install}' failed: ${problem}. The app is there all the same, without its dependencies.`);
  const installed = install && problem === undefined;
  const path = relative('.', folder);
  const next = [
    ...(path === '' ? [] : [`cd ${path.includes(' ') ? `"${path}"` : path}`]),
    ...(installed ? [commands.test] : [commands.install]),
    `${commands.run} dev`,
  ];
  outro(`Next:\n\n${next.map((line) => `  ${line}`).join('\n')}`);
  return problem === undefined ? 0 : 1;
}

/** Not inside of another repository. */
async function makeRepository(folder: string): Promise<void> {
  if ((await runIn(folder, 'git rev-parse --is-inside-work-tree', true)) === undefined) return;
  const problem = await runIn(folder, 'git init --quiet', true);
  if (problem !== undefined) log.warn('There is no git repository: git could not be run.');
}
