import type { Rate } from '@rekindle/channels';

/** How often clients may do things; `false` for as often as they like. A rate that is not given keeps its default. */
export interface Limits {
  /**
   * Connections from one client address (IPv6: from one /64 network). More are refused with status 429, in a long-poll answer
   * 500, which stock clients try again later. Default 50 per second, 500 at once.
   */
  readonly connects?: Rate | false;
  /** Joins of one connection. More are answered with the error `too many joins`. Default 10 per second, 100 at once. */
  readonly joins?: Rate | false;
  /**
   * Events and heartbeats of one connection. More are answered with the error `too many events`; a client that is refused
   * that often again is closed with 1008. Default 50 per second, 500 at once.
   */
  readonly events?: Rate | false;
}

const DEFAULTS: Required<Limits> = {
  connects: { perSecond: 50, burst: 500 },
  joins: { perSecond: 10, burst: 100 },
  events: { perSecond: 50, burst: 500 },
};

/** The rate that applies, the socket's own before the endpoint's; null for none. */
export function rateOf(endpoint: Limits | false | undefined, which: keyof Limits, socket: Limits = {}): Rate | null {
  const rate = socket[which] ?? (endpoint === false ? false : endpoint?.[which]) ?? DEFAULTS[which];
  return rate === false ? null : rate;
}
