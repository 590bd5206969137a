/** All in milliseconds, on the clock of whoever waits. */
export interface LeaseTiming {
  /** Others may take the names of a node whose lease they have seen unchanged for so long. */
  readonly leaseMs: number;
  readonly renewMs: number;
  /**
   * The node itself gives its names up so long after it began the last renewal that was confirmed. Whoever sees that renewal sees it
   * later than it was begun, so it may be late by a fifth of the lease, three times what a confirmation may take.
   */
  readonly ownerMs: number;
  /** How long one answer of the store may take. */
  readonly requestMs: number;
  /** Owners write their names down again for so long after the store was found empty, and nobody gets a new one: longer than `renewMs`. */
  readonly windowMs: number;
  /** How often the lease of a node that is not heard of is looked at. */
  readonly watchMs: number;
}

/** An election of NATS's takes up to 8 s, which must not cost everybody all names: see the guide. */
export const DEFAULT_LEASE_MS = 20_000;

/** A longer lease is renewed as often as the default one: what the renewal finds out is wanted as soon. */
export function leaseTiming(leaseMs: number): LeaseTiming {
  const pace = Math.min(leaseMs, DEFAULT_LEASE_MS);
  return {
    leaseMs,
    ownerMs: (leaseMs * 4) / 5,
    renewMs: pace / 5,
    requestMs: pace / 16,
    windowMs: pace / 4,
    watchMs: pace / 20,
  };
}
