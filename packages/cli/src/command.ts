import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from './user-error.js';

export type Options = NonNullable<ParseArgsConfig['options']>;
export interface Given {
  readonly positionals: readonly string[];
  readonly values: { readonly [name: string]: string | boolean | undefined };
}

/** What a command is given from outside: the rest of the framework, and where it runs. */
export interface Surroundings {
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  /** Starts an application and keeps it running. */
  startApplication(options: { readonly [option: string]: unknown }): Promise<{ readonly port: number }>;
  print(line: string): void;
}

/** One command of the command line. */
export interface Command {
  /** `gen KIND NAME [--dry]` */
  readonly usage: string;
  readonly summary: string;
  readonly options: Options;
  /** How many words may follow it. */
  readonly words: readonly [least: number, most: number];
  run(given: Given, around: Surroundings): Promise<number>;
}

/** Throws a `UserError` for what the command does not know. */
export function parse(name: string, { usage, options, words: [least, most] }: Command, args: readonly string[]): Given {
  let given: { positionals: string[]; values: Given['values'] };
  try {
    given = parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as typeof given;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Of Node's explanation the first sentence: "Unknown option '--fast'".
    throw new UserError(2, `${error.message.split(/\.\s/)[0]?.replace(/\.$/, '')}; expected rekindle ${usage}.`);
  }
  const { length } = given.positionals;
  if (length < least || length > most) {
    const came = length === 0 ? 'nothing' : `'${given.positionals.join(' ')}'`;
    throw new UserError(2, `${name}: expected rekindle ${usage}, got ${came}.`);
  }
  return given;
}

/** A whole number in an option or, without it, in a variable. */
export function integer(
  { values }: Given,
  { environment }: Pick<Surroundings, 'environment'>,
  option: string,
  variable: string | undefined,
  max: number,
): number | undefined {
  const given = values[option];
  const text = given ?? (variable === undefined ? undefined : environment[variable]);
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d+$/.test(text) || Number(text) > max) {
    const where = given === undefined ? variable : `--${option}`;
    throw new UserError(2, `${where}: expected a whole number from 0 to ${max}, got '${String(text)}'.`);
  }
  return Number(text);
}
