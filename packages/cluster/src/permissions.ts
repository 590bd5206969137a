import { MisuseError } from '@rekindle/kernel';
import { streamName } from './history/stream-config.js';
import { isNodeName, isToken, MAX_CLUSTER_LENGTH } from './options.js';
import { Subjects } from './subjects.js';

/** As `permissions` of a user in the configuration of a NATS server, and in a user's JWT. */
export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
  /** Answers to pings. */
  readonly allow_responses: { readonly max: number; readonly ttl: string };
}

/**
 * What a node needs of NATS, and nothing that would let it speak for another one: give each node an nkey of its own with these
 * permissions. `JSON.stringify` of it is valid in a server's configuration. `history: true` for nodes with a `history` of JetStream.
 * Throws `bad_option` for names that cannot be.
 */
export function natsPermissions(cluster: string, node: string, options: { readonly history?: boolean } = {}): NatsPermissions {
  if (!isToken(cluster, MAX_CLUSTER_LENGTH)) throw new MisuseError('bad_option', `expected the name of a cluster, got '${cluster}'`);
  if (!isNodeName(node)) throw new MisuseError('bad_option', `expected the name of a node, got '${node}'`);
  const subjects = new Subjects(cluster);
  const topics = [subjects.topic('*', '*'), subjects.flood];
  const stream = streamName(cluster);
  const requests = ['STREAM.INFO', 'STREAM.CREATE', 'STREAM.UPDATE', 'STREAM.MSG.GET'].map((request) => `$JS.API.${request}.${stream}`);
  const kept = options.history === true ? { publish: [subjects.keep('*', '*'), ...requests], subscribe: [subjects.kept('*', '*')] } : NONE;
  return {
    publish: { allow: [subjects.heartbeat(node), subjects.frames('*', '*', node), subjects.ping('*', '*'), ...topics, ...kept.publish] },
    subscribe: {
      allow: [
        subjects.heartbeat('*'),
        subjects.frames(node, '*', '*'),
        subjects.ping(node, '*'),
        ...topics,
        ...kept.subscribe,
        `${inboxOf(node)}.>`,
      ],
    },
    allow_responses: { max: 1, ttl: '5s' },
  };
}

const NONE: { readonly publish: string[]; readonly subscribe: string[] } = { publish: [], subscribe: [] };

/** Where answers to a node come back; each has its own, so that nobody hears those of others. */
export function inboxOf(node: string): string {
  return `_INBOX_${node}`;
}
