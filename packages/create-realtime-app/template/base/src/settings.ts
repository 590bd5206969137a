import { z } from 'zod';

const wholeNumber = (max: number, byDefault: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from 0 to ${max}`)
    .transform(Number)
    .refine((value) => value <= max, `expected a whole number from 0 to ${max}`)
    .default(byDefault);

//#if auth
const DEVELOPMENT_SECRET = 'only for development, not a secret at all';

//#end
/** The environment variables that are read, and what they are when they are not set. */
const Settings = z.object({
  /** 0 takes any free port. */
  PORT: wholeNumber(65_535, 4000),
  /** The address to listen on: 0.0.0.0 for all. */
  HOST: z.string().min(1, 'expected an address').default('127.0.0.1'),
  /** Threads that run your code, beside the main thread, which holds the connections; 0 runs everything there. */
  SCHEDULERS: wholeNumber(1024, 2),
  //#if cluster
  /** Where the nodes meet; without it this node is alone. */
  NATS_URL: z.string().min(1, 'expected an address such as nats://127.0.0.1:4222').optional(),
  /** This node's name: stable over restarts, unique in the cluster. */
  NODE_NAME: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'expected 1 to 64 letters, digits, - and _')
    .optional(),
  CLUSTER: z
    .string()
    .regex(/^[\w-]{1,32}$/, 'expected 1 to 32 letters, digits, - and _')
    .default('app'),
  //#end
  //#if auth
  /** Signs the tokens that say who somebody is. */
  SECRET: z.string().min(32, 'expected at least 32 characters').optional(),
  NODE_ENV: z.string().optional(),
  //#end
});
//#if auth
export type Settings = z.infer<typeof Settings> & { readonly SECRET: string };
//#else
export type Settings = z.infer<typeof Settings>;
//#end

export class BadSettings extends Error {
  override readonly name = 'BadSettings';
  readonly code = 'bad_settings';
}

/** Throws `bad_settings` with one line per variable: what was expected, what came. */
export function settings(environment: { readonly [variable: string]: string | undefined }): Settings {
  const { data, error } = Settings.safeParse(environment);
  if (data === undefined) {
    const lines = error.issues.map(({ path: [variable], message }) => {
      const name = String(variable);
      const secret = /SECRET|_URL$/.test(name);
      return `${name}: ${message}${secret ? '' : `, got '${environment[name]}'`}`;
    });
    throw new BadSettings(lines.join('\n'));
  }
  //#if cluster
  if (data.NATS_URL !== undefined && data.NODE_NAME === undefined)
    throw new BadSettings("NODE_NAME: expected this node's own name beside NATS_URL, such as app-1");
  //#end
  //#if auth
  if (data.SECRET === undefined && data.NODE_ENV === 'production')
    throw new BadSettings('SECRET: expected at least 32 characters, it is not set');
  return { ...data, SECRET: data.SECRET ?? DEVELOPMENT_SECRET };
  //#else
  return data;
  //#end
}
