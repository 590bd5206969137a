import { v2 } from '@rekindle/channels/wire';
import { ROOT } from '../harness/paths.js';

const EVENTS = 200_000;

/** What is used of a Standard Schema. */
interface Schema {
  readonly '~standard': { validate(value: unknown): unknown };
}
interface Contract {
  readonly declaration: { readonly in: { readonly score: { readonly payload: Schema } } };
}
type Contracts = { readonly [library in 'inZod' | 'inValibot' | 'inArktype']: Contract };

/** One contract in several libraries: see `apps/lab/src/push/contracts.ts`. */
export async function schemas(): Promise<{ readonly [library: string]: Schema }> {
  const { inZod, inValibot, inArktype } = (await import(`${ROOT}apps/lab/dist/push/contracts.js`)) as Contracts;
  const payloadOf = ({ declaration }: Contract): Schema => declaration.in.score.payload;
  return { zod: payloadOf(inZod), valibot: payloadOf(inValibot), arktype: payloadOf(inArktype) };
}

/** Reading a frame of a client and checking its payload; without a schema the reading alone. Microseconds. */
export function readUs(schema: Schema | null): number {
  const payload = { team: 'home', minute: 77, scorer: { name: 'Somebody' } };
  const frame = JSON.stringify(['1', '2', 'match:7', 'score', payload]);
  let refused = 0;
  const read = (): void => {
    const message = v2.decodeText(frame);
    const result = schema === null ? message : schema['~standard'].validate(message?.payload);
    if (result === null || Object.hasOwn(result as object, 'issues')) refused++;
  };
  for (let i = 0; i < EVENTS; i++) read();
  const began = process.cpuUsage();
  for (let i = 0; i < EVENTS; i++) read();
  const { user, system } = process.cpuUsage(began);
  if (refused > 0) throw new Error(`${refused} payloads were refused`);
  return (user + system) / EVENTS;
}
