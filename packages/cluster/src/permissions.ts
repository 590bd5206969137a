import { MisuseError } from '@rekindle/kernel';
import { streamName } from './history/stream-config.js';
import { type ClusterOptions, isNodeName, isToken, MAX_CLUSTER_LENGTH } from './options.js';
import { EPOCH_KEY, leaseKey } from './registry/records.js';
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
 * permissions. `JSON.stringify` of it is valid in a server's configuration. `registry` and `history` are the node's options of those
 * names. Throws `bad_option` for names that cannot be.
 */
export function natsPermissions(
  cluster: string,
  node: string,
  { registry = 'gossip', history = 'memory' }: Pick<ClusterOptions, 'registry' | 'history'> = {},
): NatsPermissions {
  if (!isToken(cluster, MAX_CLUSTER_LENGTH)) throw new MisuseError('bad_option', `expected the name of a cluster, got '${cluster}'`);
  if (!isNodeName(node)) throw new MisuseError('bad_option', `expected the name of a node, got '${node}'`);
  const subjects = new Subjects(cluster);
  if (registry !== 'gossip' && registry !== 'kv') throw new MisuseError('bad_option', `expected 'gossip' or 'kv', got '${registry}'`);
  const topics = [subjects.topic('*', '*'), subjects.flood];
  const names = registry === 'kv' ? namesOf(bucketOf(cluster), node) : [];
  const stream = streamName(cluster);
  const requests = ['STREAM.INFO', 'STREAM.CREATE', 'STREAM.UPDATE', 'STREAM.MSG.GET'].map((request) => `$JS.API.${request}.${stream}`);
  const kept = history !== 'memory' ? { publish: [subjects.keep('*', '*'), ...requests], subscribe: [subjects.kept('*', '*')] } : NONE;
  return {
    publish: {
      allow: [subjects.heartbeat(node), subjects.frames('*', '*', node), subjects.ping('*', '*'), ...topics, ...names, ...kept.publish],
    },
    subscribe: {
      allow: [
        subjects.heartbeat('*'),
        subjects.frames(node, '*', '*'),
        subjects.ping(node, '*'),
        ...topics,
        subjects.disconnects,
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

/** The key-value bucket with the names of a cluster. */
export function bucketOf(cluster: string): string {
  return `rt1_${cluster}_names`;
}

/** Each writes its own lease only, and whatever names. Whoever may take one entry out may take out all: NATS cannot tell. */
function namesOf(bucket: string, node: string): string[] {
  const stream = ['INFO', 'CREATE', 'MSG.GET', 'PURGE'].map((what) => `$JS.API.STREAM.${what}.KV_${bucket}`);
  return ['$JS.API.INFO', ...stream, `$KV.${bucket}.name.*`, `$KV.${bucket}.${leaseKey(node)}`, `$KV.${bucket}.${EPOCH_KEY}`];
}
