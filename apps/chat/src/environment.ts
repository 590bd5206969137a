/** What can be set from outside. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly schedulers: number;
  readonly adapter: 'auto' | 'uws' | 'node';
  readonly node: string;
  /** The cluster this process is a node of. */
  readonly cluster?: { readonly name: string; readonly servers: string };
}

const ADAPTERS = ['auto', 'uws', 'node'] as const;

/** A variable that says something impossible. The message is for whoever started the program. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
  readonly code = 'bad_setting';
}

export function settings(environment: { readonly [variable: string]: string | undefined }): Settings {
  const { PORT = '4000', HOST = '127.0.0.1', SCHEDULERS = '2', ADAPTER = 'auto', NODE_NAME = 'chat', NATS_URL, CLUSTER } = environment;
  const adapter = ADAPTERS.find((known) => known === ADAPTER);
  if (adapter === undefined) throw new BadSetting(`ADAPTER: expected ${ADAPTERS.join(', ')}, got '${ADAPTER}'.`);
  if (!/^[\w-]{1,64}$/.test(NODE_NAME)) throw new BadSetting(`NODE_NAME: expected 1 to 64 letters, digits, - and _, got '${NODE_NAME}'.`);
  if (CLUSTER !== undefined && NATS_URL === undefined)
    throw new BadSetting("CLUSTER: the nodes of a cluster meet at a NATS server, set NATS_URL too, as in 'nats://127.0.0.1:4222'.");
  if (NATS_URL !== undefined && environment.NODE_NAME === undefined)
    throw new BadSetting("NODE_NAME: with NATS_URL this is one of several nodes and needs a name of its own, as in 'chat-1'.");
  return {
    port: integer('PORT', PORT, 65_535),
    host: HOST,
    schedulers: integer('SCHEDULERS', SCHEDULERS, 64),
    adapter,
    node: NODE_NAME,
    ...(NATS_URL === undefined ? {} : { cluster: { name: CLUSTER ?? 'chat', servers: NATS_URL } }),
  };
}

function integer(variable: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new BadSetting(`${variable}: expected a whole number from 0 to ${max}, got '${text}'.`);
  return value;
}
