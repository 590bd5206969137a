import type { StandardSchemaV1 as Schema } from '@standard-schema/spec';

/** An incoming event: its payload alone (nothing is answered), or payload with reply and error. */
export interface Exchange {
  readonly payload: Schema;
  readonly reply?: Schema;
  readonly error?: Schema;
}

/** What a channel takes and sends, in the schemas of any Standard Schema library (zod, valibot, arktype). */
export interface Declaration {
  readonly join?: { readonly params?: Schema; readonly reply?: Schema; readonly error?: Schema };
  readonly in: { readonly [event: string]: Schema | Exchange };
  readonly out: { readonly [event: string]: Schema };
  /** What each presence carries. */
  readonly presence?: Schema;
}

/** An alias, not an interface: contracts in other packages are declared without having to name it. */
type Reason = { reason: string };

type Sent<S> = S extends Schema<infer I, unknown> ? I : never;
type Got<S> = S extends Schema<unknown, infer O> ? O : never;
type Part<X, K extends string, Else> = X extends { readonly [P in K]: infer S } ? Got<S> : Else;
type PayloadSchema<X> = X extends { readonly payload: infer S } ? S : X;

/** What a contract says, as plain types: `sent` is what the client writes, `payload` what the handler gets after validation. */
export interface Typed {
  join: { sent: unknown; params: unknown; reply: unknown; error: unknown };
  in: { [event: string]: { sent: unknown; payload: unknown; reply: unknown; error: unknown } };
  out: { [event: string]: unknown };
  meta: unknown;
}

/** What `contract` answers: schemas for run time, and their types. */
export interface Contract<T extends Typed = Typed> {
  readonly declaration: Declaration;
  readonly types?: T;
}

type PresenceEventNames<D> = D extends { presence: Schema } ? 'presence_state' | 'presence_diff' : never;

type OutPayload<D extends Declaration, E> = E extends keyof D['out']
  ? Got<D['out'][E]>
  : E extends keyof PresenceEvents
    ? PresenceEvents<Got<D['presence']>>[E]
    : never;

/** Declares a channel's contract: one source for the server's types, validation at run time, and the client's types. */
export function contract<const D extends Declaration>(
  declaration: D,
): Contract<{
  join: {
    sent: D['join'] extends { readonly params: infer S } ? Sent<S> : object;
    params: Part<D['join'], 'params', unknown>;
    reply: Part<D['join'], 'reply', void>;
    error: Part<D['join'], 'error', Reason>;
  };
  in: {
    [E in keyof D['in'] & string]: {
      sent: Sent<PayloadSchema<D['in'][E]>>;
      payload: Got<PayloadSchema<D['in'][E]>>;
      reply: Part<D['in'][E], 'reply', void>;
      error: Part<D['in'][E], 'error', Reason>;
    };
  };
  out: { [E in (keyof D['out'] & string) | PresenceEventNames<D>]: OutPayload<D, E> };
  meta: Got<D['presence']>;
}> {
  return { declaration };
}

/** `export interface Room extends TypesOf<typeof Room> {}` gives the contract a name that messages and quick info show. */
export type TypesOf<C> = C extends Contract<infer T> ? T : never;

/** Who is there, by key, each with a list of metas: one per process. What clients get as `presence_state`. */
export type PresenceState<M> = { [key: string]: { metas: (M & { phx_ref: string })[] } };

interface PresenceEvents<M = unknown> {
  presence_state: PresenceState<M>;
  presence_diff: { joins: PresenceState<M>; leaves: PresenceState<M> };
}

/** `'room:42'` finds the entry `'room:*'`. */
export type Match<Routes, Topic extends string> = {
  [P in keyof Routes & string]: Topic extends (P extends `${infer Prefix}*` ? `${Prefix}${string}` : P) ? Routes[P] : never;
}[keyof Routes & string];

/** The topics the patterns admit, as template literals. */
export type Topics<Routes> = { [P in keyof Routes & string]: P extends `${infer Prefix}*` ? `${Prefix}${string}` : P }[keyof Routes &
  string];

/** The schema of an incoming event's payload; undefined for an event the contract does not name. */
export function payloadSchema(contract: Contract, event: string): Schema | undefined {
  const entry = Object.hasOwn(contract.declaration.in, event) ? contract.declaration.in[event] : undefined;
  if (entry === undefined) return undefined;
  return '~standard' in entry ? entry : entry.payload;
}

export type Validated = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: InvalidPayload };

/** What the client is told about a payload that does not fit. */
export interface InvalidPayload {
  readonly reason: 'invalid payload';
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** Checks a value; a promise only if the schema itself is asynchronous. */
export function validate(schema: Schema, value: unknown): Validated | Promise<Validated> {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise ? result.then(validated) : validated(result);
}

type Result = Awaited<ReturnType<Schema['~standard']['validate']>>;

function validated(result: Result): Validated {
  if (result.issues === undefined) return { ok: true, value: result.value };
  const issues = result.issues.map(({ path = [], message }) => ({
    // Not `map`: arktype's paths are arrays of a class of their own, whose `map` adds an element to an empty one.
    path: Array.from(path, (step) => String(typeof step === 'object' ? step.key : step)).join('.'),
    message,
  }));
  return { ok: false, error: { reason: 'invalid payload', issues } };
}
