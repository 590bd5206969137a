import type { AssociationCounts } from './association/association.js';
import type { Phase } from './membership/peer-state.js';

/** What a node has counted of its cluster so far. */
export interface ClusterStats {
  /** Whether there is a connection to NATS. */
  readonly connected: boolean;
  readonly nodes: readonly NodeStats[];
  readonly signals: { readonly sent: number; readonly received: number };
  /** Frames between nodes that carry signals. */
  readonly frames: Readonly<AssociationCounts>;
  readonly broadcasts: {
    readonly sent: number;
    readonly received: number;
    /** Published while there was no connection: other nodes did not get them. */
    readonly droppedDisconnected: number;
    /** Published faster than NATS takes them: more than 8 MiB were waiting behind 8 MiB on their way, and these were the oldest. */
    readonly droppedSlow: number;
    /** From nodes that were held to be gone. */
    readonly droppedGone: number;
    /** Too large. */
    readonly refused: number;
    /** Topics that somebody on this node wants. */
    readonly topics: number;
    /** Published, and not given to the connection yet. */
    readonly waitingBytes: number;
  };
  /** What could not be understood. */
  readonly badFrames: number;
}

export interface NodeStats {
  readonly node: string;
  readonly incarnation: number;
  readonly phase: Phase;
  /** Sent and not confirmed, or waiting to be sent. */
  readonly bufferedBytes: number;
  /** Frames beyond the window of 16 MiB. */
  readonly waitingFrames: number;
  /** Milliseconds since something was last heard of it: up to 550 while all is well, as there are two heartbeats a second. */
  readonly silentMs: number;
}
