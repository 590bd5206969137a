/** Milliseconds, of time in which this node itself has run: see `OwnTime`. */
export interface Timing {
  /** Between two heartbeats, give or take a tenth so that nodes do not beat in step. */
  readonly heartbeatMs: number;
  /** A node that was not heard of for so long is pinged. */
  readonly overdueMs: number;
  /** A node that was not heard of for so long is suspect. */
  readonly suspectAfterMs: number;
  /**
   * A node that NATS has no connection to is down after so long. Not at once: a living node loses its connection when its NATS
   * server dies, and was seen back 17 ms later.
   */
  readonly unreachableMs: number;
  /** A node that was not heard of for so long is down, and a node that has no connection to NATS for so long is alone. */
  readonly downAfterMs: number;
}

export const DEFAULT_TIMING: Timing = {
  heartbeatMs: 500,
  overdueMs: 700,
  suspectAfterMs: 1500,
  unreachableMs: 1000,
  downAfterMs: 5000,
};
