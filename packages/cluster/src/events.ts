import { reports } from '@rekindle/kernel/internal';
import type { DownReason } from './membership/peer-state.js';

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
  /** A message that is too large for other nodes. */
  | { readonly type: 'refused'; readonly topic: string; readonly bytes: number }
  /** An event of a recoverable topic that JetStream may not have kept. */
  | { readonly type: 'not_kept'; readonly topic: string; readonly code: 'full' | 'too_large' | 'no_answer'; readonly message: string }
  /** Another process has this node's name, and started later: this one is out. */
  | { readonly type: 'superseded'; readonly node: string; readonly incarnation: number }
  /** NATS refuses something, mostly for lack of a permission. */
  | { readonly type: 'error'; readonly error: Error };

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
    case 'refused':
      return ['error', `a message of ${event.bytes} bytes on topic '${event.topic.slice(0, 80)}' is too large for other nodes`];
    case 'not_kept':
      return ['error', `an event on topic '${event.topic.slice(0, 80)}' may be lost: ${event.message}`];
    case 'superseded':
      return ['error', `another process is node ${event.node} now: this one leaves the cluster`];
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
