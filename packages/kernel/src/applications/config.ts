import { env as environment } from 'node:process';
import type { StandardSchemaV1 as Schema } from '@standard-schema/spec';
import { MisuseError } from '../errors.js';

/** What an application's configuration is read by. */
export interface ConfigSource {
  readonly name: string;
  readonly config?: Schema | undefined;
  /** Environment variables by the key of the configuration that they give. */
  readonly env?: { readonly [key: string]: string } | undefined;
}

/**
 * What was given, over what the environment says, as the schema makes it. What is wrong throws `bad_option` and is named by
 * its key; values are not shown, they may be secrets.
 */
export async function readConfig(source: ConfigSource, given: object | undefined, env: NodeJS.ProcessEnv = environment): Promise<unknown> {
  if (given !== undefined && (typeof given !== 'object' || given === null)) {
    throw new MisuseError('bad_option', `config of ${source.name}: expected an object, got ${typeof given}`);
  }
  const fromEnvironment = Object.entries(source.env ?? {}).flatMap(([key, variable]) => {
    const value = env[variable];
    return value === undefined ? [] : [[key, value] as const];
  });
  const input = { ...Object.fromEntries(fromEnvironment), ...given };
  if (source.config === undefined) return input;
  const result = await source.config['~standard'].validate(input);
  if (result.issues === undefined) return result.value;
  const problems = result.issues.map(({ path, message }) => {
    const key = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    const variable = source.env?.[key];
    return `${key === '' ? 'as a whole' : key}${variable === undefined ? '' : ` (${variable})`}: ${message}`;
  });
  throw new MisuseError('bad_option', `config of ${source.name}: ${problems.join('; ')}`);
}
