import type { SocketCounter } from '@rekindle/channels/internal';

/** What has happened on a node's endpoint since it started. All count up, except `connections` and `longPolls`. */
export interface Counters extends Readonly<Record<GatewayCounter | SocketCounter, number>> {
  /** Open now, over all transports. */
  readonly connections: number;
  /** Of these, the ones that poll. */
  readonly longPolls: number;
  /** How often what clients had missed was read from JetStream, as it was not at hand. */
  readonly storeReads: number;
  /** How often topics were brought up to date from JetStream, after a doubt. */
  readonly storeCatchUps: number;
  /** Events that may not have been kept: JetStream did not answer, too much waited for it, or it was too large. */
  readonly notKept: number;
}

/** What the gateway itself counts. */
export type GatewayCounter =
  | 'bodiesTooLong'
  | 'recovered'
  | 'notRecovered'
  | 'conflated'
  | 'delivered'
  | 'published'
  | 'publishRepeated'
  | 'publishRefused'
  | 'webhookEvents'
  | 'webhookFailures'
  | 'webhooksDropped'
  | 'connectsAccepted'
  | 'connectsLimited'
  | 'framesIn'
  | 'framesTooLong'
  | 'idleClosed'
  | 'slowReadersClosed';

/** All at zero. */
export function newCounters(): Record<GatewayCounter | SocketCounter, number> {
  return {
    bodiesTooLong: 0,
    connectsAccepted: 0,
    connectsRefused: 0,
    connectsLimited: 0,
    originsRefused: 0,
    joinsLimited: 0,
    eventsLimited: 0,
    floodsClosed: 0,
    badFrames: 0,
    channelsLimited: 0,
    mailboxesOverflowed: 0,
    framesIn: 0,
    framesTooLong: 0,
    idleClosed: 0,
    slowReadersClosed: 0,
    recovered: 0,
    notRecovered: 0,
    conflated: 0,
    delivered: 0,
    published: 0,
    publishRepeated: 0,
    publishRefused: 0,
    webhookEvents: 0,
    webhookFailures: 0,
    webhooksDropped: 0,
  };
}
