import { z } from 'zod';

const wholeNumber = (max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from 0 to ${max}`)
    .transform(Number)
    .refine((value) => value <= max, `expected a whole number from 0 to ${max}`)
    .default(byDefault);

/** The environment variables that are read, and what they are when they are not set. */
const Settings = z.object({
  /** 0 takes any free port. */
  PORT: wholeNumber(65_535, 4000),
  /** The address to listen on: 0.0.0.0 for all. */
  HOST: z.string().min(1, 'expected an address').default('127.0.0.1'),
  /** Threads that run your code, beside the main thread, which holds the connections; 0 runs everything there. */
  SCHEDULERS: wholeNumber(1024, 2),
});
export type Settings = z.infer<typeof Settings>;

export class BadSettings extends Error {
  override readonly name = 'BadSettings';
  readonly code = 'bad_settings';
}

/** Throws `bad_settings` with one line per variable: what was expected, what came. */
export function settings(environment: { readonly [variable: string]: string | undefined }): Settings {
  const { data, error } = Settings.safeParse(environment);
  if (data !== undefined) return data;
  const lines = error.issues.map(
    ({ path: [variable], message }) => `${String(variable)}: ${message}, got '${environment[String(variable)]}'`,
  );
  throw new BadSettings(lines.join('\n'));
}
