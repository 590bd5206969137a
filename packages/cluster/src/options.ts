import { MisuseError } from '@rekindle/kernel';
import { type JetStreamHistory, wrongWith } from './history/history-options.js';
import { MAX_LEASE_MS, MIN_LEASE_MS } from './registry/records.js';
import type { Interest } from './topics/nats-adapter.js';
import type { NatsAccess } from './transport/nats-access.js';

/** How a node joins a cluster. */
export interface ClusterOptions extends NatsAccess {
  /** Nodes with the same cluster name on the same NATS servers find each other: `[A-Za-z0-9_-]{1,32}`. */
  readonly name: string;
  /**
   * `'topic'` (the default): a node hears of the topics that somebody there wants. `'flood'`: every node hears everything and drops
   * what nobody wants, which is less work when more than a third of the nodes want most topics. The same on all nodes.
   */
  readonly interest?: Interest;
  /**
   * Who decides about cluster names. `'gossip'` (the default): the nodes that see each other; both sides of a split may give a name
   * away. `'kv'`: a bucket in JetStream, which NATS has to have; whoever does not reach it has no names after a while. The same on all
   * nodes.
   */
  readonly registry?: 'gossip' | 'kv';
  /** Of the registry in JetStream. */
  readonly kv?: KvOptions;
  /**
   * Where the events of recoverable topics are kept. `'memory'` (the default): each node keeps its own, and a client that comes back to
   * another node is told that it was not recovered. `'jetstream'`, or how: JetStream keeps them for all nodes in one order, which
   * the NATS server must have switched on. The same on all nodes.
   */
  readonly history?: 'memory' | 'jetstream' | JetStreamHistory;
  /** How long `connectCluster` waits for NATS before the node goes on without, to join when NATS appears. Default 2,000. */
  readonly connectTimeoutMs?: number;
}

/** How names are kept with `registry: 'kv'`. The same on all nodes. */
export interface KvOptions {
  /** On how many NATS servers the bucket is kept, when it is made: 1, 3 or 5. Default 3 in a cluster of servers, 1 otherwise. */
  readonly replicas?: 1 | 3 | 5;
  /**
   * Others may take the names of a node that has not said for so long that it is there; it ends their owners itself after four fifths
   * of it. 2,000 to 600,000, default 20,000: an election among NATS servers takes up to 8 s, in which nobody can say so.
   */
  readonly leaseMs?: number;
  /**
   * What becomes of this node's owners when it could not reach JetStream for four fifths of `leaseMs`. `'exit'` (the default): they end
   * with `{ lease_lost: name }`. `'keep'`: they go on, for those who have one NATS server and prefer two owners to none.
   */
  readonly onLeaseLoss?: 'exit' | 'keep';
}

const KNOWN: ReadonlySet<string> = new Set([
  'name',
  'servers',
  'connectTimeoutMs',
  'interest',
  'registry',
  'kv',
  'history',
  'user',
  'pass',
  'token',
  'authenticator',
  'tls',
] satisfies (keyof ClusterOptions)[]);

/** What may stand in a NATS subject and in a key of its key-value store. */
const TOKEN = /^[A-Za-z0-9_-]+$/;
export const MAX_CLUSTER_LENGTH = 32;
const MAX_NODE_LENGTH = 64;

export function isToken(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && TOKEN.test(value);
}

export function isNodeName(value: unknown): value is string {
  return isToken(value, MAX_NODE_LENGTH);
}

/** Throws `bad_option` for what cannot work. `node` is the name that the application was started with. */
export function checkOptions(options: ClusterOptions, node: string): void {
  if (typeof options !== 'object' || options === null)
    throw bad('cluster: expected options', options, "{ servers: 'nats://127.0.0.1:4222', name: 'chat' }");
  const unknown = Object.keys(options).find((key) => !KNOWN.has(key));
  if (unknown !== undefined)
    throw new MisuseError('bad_option', `cluster: '${unknown}' is not an option; expected ${[...KNOWN].join(', ')}`);
  if (!isToken(options.name, MAX_CLUSTER_LENGTH)) {
    throw bad(`cluster.name: expected 1 to ${MAX_CLUSTER_LENGTH} letters, digits, '_' or '-'`, options.name, "name: 'chat'");
  }
  const servers = typeof options.servers === 'string' ? [options.servers] : options.servers;
  if (!Array.isArray(servers) || servers.length === 0 || !servers.every(isServer)) {
    throw bad(
      'cluster.servers: expected one or more addresses of NATS servers',
      shownServers(options.servers),
      "servers: 'nats://127.0.0.1:4222'",
    );
  }
  const { connectTimeoutMs, interest = 'topic' } = options;
  checkRegistry(options);
  if (interest !== 'topic' && interest !== 'flood')
    throw bad("cluster.interest: expected 'topic' or 'flood'", interest, "interest: 'topic'");
  const wrong = options.history === undefined ? null : wrongWith(options.history);
  if (wrong !== null) throw bad(`cluster.history: ${wrong}`, options.history, "history: 'jetstream'");
  if (connectTimeoutMs !== undefined && !(connectTimeoutMs >= 0 && connectTimeoutMs <= 2 ** 31 - 1)) {
    throw bad('cluster.connectTimeoutMs: expected milliseconds', connectTimeoutMs, 'connectTimeoutMs: 2_000');
  }
  if (node === 'local') {
    throw new MisuseError(
      'bad_option',
      "a node of a cluster needs a name of its own: startApplication({ node: 'chat-1', ... }), stable over restarts and not used by any other node",
    );
  }
  if (!isNodeName(node)) throw bad(`node: expected 1 to ${MAX_NODE_LENGTH} letters, digits, '_' or '-'`, node, "node: 'chat-1'");
}

function checkRegistry({ registry = 'gossip', kv }: ClusterOptions): void {
  if (registry !== 'gossip' && registry !== 'kv') throw bad("cluster.registry: expected 'gossip' or 'kv'", registry, "registry: 'kv'");
  if (kv === undefined) return;
  if (typeof kv !== 'object' || kv === null) throw bad('cluster.kv: expected options', kv, 'kv: { leaseMs: 20_000 }');
  if (registry !== 'kv') throw bad("cluster.kv: expected registry: 'kv' beside it", registry, "registry: 'kv', kv: { leaseMs: 20_000 }");
  const unknown = Object.keys(kv).find((key) => key !== 'replicas' && key !== 'leaseMs' && key !== 'onLeaseLoss');
  if (unknown !== undefined)
    throw new MisuseError('bad_option', `cluster.kv: '${unknown}' is not an option; expected replicas, leaseMs, onLeaseLoss`);
  const { replicas = 1, leaseMs = MIN_LEASE_MS, onLeaseLoss = 'exit' } = kv;
  if (![1, 3, 5].includes(replicas)) throw bad('cluster.kv.replicas: expected 1, 3 or 5', replicas, 'replicas: 3');
  if (!(Number.isInteger(leaseMs) && leaseMs >= MIN_LEASE_MS && leaseMs <= MAX_LEASE_MS))
    throw bad(`cluster.kv.leaseMs: expected ${MIN_LEASE_MS} to ${MAX_LEASE_MS} milliseconds`, leaseMs, 'leaseMs: 20_000');
  if (onLeaseLoss !== 'exit' && onLeaseLoss !== 'keep')
    throw bad("cluster.kv.onLeaseLoss: expected 'exit' or 'keep'", onLeaseLoss, "onLeaseLoss: 'exit'");
}

function isServer(server: unknown): boolean {
  if (typeof server !== 'string' || /\s/.test(server)) return false;
  const url = server.includes('://') ? server : `nats://${server}`;
  if (!/^(nats|tls):/.test(url) || !URL.canParse(url)) return false;
  const { hostname, pathname, search, hash } = new URL(url);
  return hostname !== '' && `${pathname}${search}${hash}`.replace('/', '') === '';
}

/** Addresses as people may see them: a name and a password in them are nobody's business. */
export function shownServers(servers: unknown): string {
  return [servers]
    .flat()
    .map((server) => String(server).replace(/^([a-z]+:\/\/)?[^@]*@/, '$1'))
    .join(', ');
}

function bad(expected: string, came: unknown, works: string): MisuseError {
  const shown = typeof came === 'string' ? `'${came}'` : (JSON.stringify(came) ?? String(came));
  return new MisuseError('bad_option', `${expected}, got ${shown}; for example ${works}`);
}
