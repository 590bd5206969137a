import { reports } from '@rekindle/kernel/internal';
import type { DownReason } from './membership/peer-state.js';
import type { RegistryEvent } from './registry/kv-registry.js';

/** What is published on the diagnostics channel `rekindle.cluster`, with a `level` and a `text` for the log. */
export type ClusterEvent =
  | { readonly type: 'connected'; readonly server: string }
  | { readonly type: 'disconnected' }
  /** NATS could not be reached since the node started. */
  | { readonly type: 'unreachable'; readonly servers: string; readonly error: Error }
  | { readonly type: 'nodeup'; readonly node: string; readonly incarnation: number }
  | { readonly type: 'nodesuspect'; readonly node: string; readonly incarnation: number; readonly silentMs: number }
  | { readonly type: 'nodedown'; readonly node: string; readonly incarnation: number; readonly reason: DownReason }
  /** What other nodes have published in between did not arrive here; milliseconds since 1970. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  /** What came from that node and could not be understood, since the last such event. */
  | { readonly type: 'bad_frames'; readonly node: string; readonly count: number }
  /** So many broadcasts were dropped since the last such event, because NATS takes them more slowly than they are published. */
  | { readonly type: 'broadcasts_dropped'; readonly count: number }
  /** A message that is too large for other nodes. */
  | { readonly type: 'refused'; readonly topic: string; readonly bytes: number }
  /** An event of a recoverable topic that JetStream may not have kept. */
  | { readonly type: 'not_kept'; readonly topic: string; readonly code: 'full' | 'too_large' | 'no_answer'; readonly message: string }
  /** Another process has this node's name, and started later: this one is out. */
  | { readonly type: 'superseded'; readonly node: string; readonly incarnation: number }
  /** With `registry: 'kv'`: why no names can be given away, and that they can again. */
  | { readonly type: 'registry_failed'; readonly error: Error }
  | { readonly type: 'registry_ready' }
  /** This node could not say in time that it is there: the owners of so many names end, or are kept. */
  | { readonly type: 'lease_lost'; readonly names: number; readonly kept: boolean }
  /** The bucket was made anew: so many owners write their names down again. */
  | { readonly type: 'registry_lost'; readonly names: number }
  /** NATS refuses something, mostly for lack of a permission. */
  | { readonly type: 'error'; readonly error: Error };

/** As events of the cluster. */
export function registryReport(event: RegistryEvent): ClusterEvent {
  switch (event.type) {
    case 'ready':
      return { type: 'registry_ready' };
    case 'failed':
      return { type: 'registry_failed', error: new Error(event.failure.message) };
    case 'lost':
      return { type: 'registry_lost', names: event.names };
    case 'lease_lost':
      return event;
  }
}

export function report(event: ClusterEvent): void {
  const [level, text] = describe(event);
  reports.reportCluster({ ...event, level, text: `cluster: ${text}` });
}

function describe(event: ClusterEvent): [level: 'info' | 'error' | null, text: string] {
  switch (event.type) {
    case 'connected':
      return ['info', `connected to NATS at ${event.server}`];
    case 'disconnected':
      return ['error', 'the connection to NATS is lost'];
    case 'unreachable':
      return ['error', `NATS cannot be reached at ${event.servers} (${event.error.message}): this node is alone until it can`];
    case 'nodeup':
      return ['info', `node ${event.node} is up`];
    case 'nodesuspect':
      return [null, `node ${event.node} was not heard of for ${Math.round(event.silentMs)} ms`];
    case 'nodedown':
      return [event.reason === 'left' ? 'info' : 'error', `node ${event.node} is down: ${REASONS[event.reason]}`];
    case 'gap':
      return ['info', `broadcasts of other nodes were missed for ${event.to - event.from} ms`];
    case 'bad_frames':
      return ['error', `${event.count} frames of node ${event.node} were not understood`];
    case 'broadcasts_dropped':
      return [
        'error',
        `${event.count} broadcasts did not go to other nodes: NATS takes them more slowly than they are published; publish less, or look for 'Slow Consumer' in its log`,
      ];
    case 'refused':
      return ['error', `a message of ${event.bytes} bytes on topic '${event.topic.slice(0, 80)}' is too large for other nodes`];
    case 'not_kept':
      return ['error', `an event on topic '${event.topic.slice(0, 80)}' may be lost: ${event.message}`];
    case 'superseded':
      return ['error', `another process is node ${event.node} now: this one leaves the cluster`];
    case 'registry_failed':
      return ['error', `no cluster names can be given away: ${event.error.message}`];
    case 'registry_ready':
      return ['info', 'cluster names can be given away'];
    case 'lease_lost': {
      const became = event.kept ? 'are kept all the same' : 'are ended';
      return ['error', `this node's lease in JetStream ran out: the owners of ${event.names} cluster names ${became}`];
    }
    case 'registry_lost':
      return ['error', `the registry of names was lost: ${event.names} names of this node are written down again`];
    case 'error':
      return ['error', `NATS: ${event.error.message}`];
  }
}

const REASONS: { readonly [reason in DownReason]: string } = {
  unreachable: 'NATS has no connection to it',
  silent: 'it says nothing',
  reset: 'it has ended the association',
  restarted: 'it has been started again',
  left: 'it has left',
  isolated: 'this node has no connection to NATS',
  overflow: 'more than 64 MiB were waiting for it',
  no_progress: 'it confirms nothing',
};
