import { type Command, parse, type Surroundings } from './command.js';
import { clusterStatus } from './commands/cluster-status.js';
import { dev } from './commands/dev.js';
import { doctor } from './commands/doctor.js';
import { gen } from './commands/gen.js';
import { remote } from './commands/remote.js';
import { routes } from './commands/routes.js';
import { start } from './commands/start.js';
import { tree } from './commands/tree.js';
import { UserError } from './user-error.js';

const commands: { readonly [name: string]: Command } = { start, dev, gen, routes, tree, remote, 'cluster status': clusterStatus, doctor };

function help(): string {
  const all = Object.values(commands);
  const width = Math.max(...all.map(({ usage }) => usage.length));
  return [
    'Runs, makes and looks into applications on Rekindle.',
    '',
    ...all.map(({ usage, summary }) => `  rekindle ${usage.padEnd(width)}  ${summary}`),
    '',
    '  -h, --help, -v, --version',
  ].join('\n');
}

function commandOf(args: readonly string[]): { name: string; command: Command; rest: readonly string[] } {
  const [first = '', second = ''] = args;
  const words = `${first} ${second}`;
  const two = commands[words];
  if (two !== undefined) return { name: words, command: two, rest: args.slice(2) };
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) {
    throw new UserError(2, `Expected a command (${Object.keys(commands).join(', ')}), got '${first}'. rekindle --help says what they do.`);
  }
  return { name: first, command, rest: args.slice(1) };
}

/** The whole `rekindle` command. Resolves to the exit code: 0, 1 for what cannot be done, 2 for what makes no sense. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  const [first] = args;
  try {
    if (first === undefined || first === '--help' || first === '-h') {
      around.print(help());
      return first === undefined ? 2 : 0;
    }
    if (first === '--version' || first === '-v') {
      around.print(around.version);
      return 0;
    }
    const { name, command, rest } = commandOf(args);
    if (rest.includes('--help') || rest.includes('-h')) {
      around.print(`rekindle ${command.usage}\n\n${command.summary}`);
      return 0;
    }
    return await command.run(parse(name, command, rest), around);
  } catch (error) {
    const message = explained(error);
    if (message === undefined) throw error;
    process.stderr.write(`rekindle: ${message}\n`);
    return error instanceof UserError ? error.exitCode : 1;
  }
}

/** An error with a code of ours says everything in its message. */
function explained(error: unknown): string | undefined {
  if (error instanceof UserError) return error.message;
  const { code } = error as { code?: unknown };
  const ours = ['bad_option', 'bad_child_spec', 'node_too_old', 'port_in_use', 'port_not_permitted', 'bad_host', 'listen_failed'];
  return error instanceof Error && typeof code === 'string' && ours.includes(code)
    ? error.message.replace(/^startApplication\.(?=(?:node|port|host|schedulers)\b)/, '--')
    : undefined;
}
