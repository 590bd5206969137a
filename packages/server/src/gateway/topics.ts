import { randomBytes } from 'node:crypto';
import { cursorOf, type KeptJoin, withRecovery } from '@rekindle/channels/internal';
import type { Content } from '@rekindle/pubsub';
import { type Hub, TopicLogs } from '@rekindle/pubsub/internal';
import type { EndpointSpec } from '../endpoint-spec.js';
import type { Webhooks } from '../webhooks/webhooks.js';
import { Conflation } from './conflation.js';
import type { Connection } from './connection.js';
import type { Counters } from './counters.js';
import { type Publisher, Rows } from './rows.js';

type Event = Extract<Content, { kind: 'event' }>;

type Counted = { -readonly [name in 'delivered' | 'recovered' | 'notRecovered' | 'conflated']: Counters[name] };

/** Which connections have joined which topics, and the way of the topics' events to them. */
export class Topics {
  readonly #hub: Hub;
  readonly #rows: Rows;
  readonly #counters: Counted;
  readonly #webhooks: Webhooks | null;
  /** Null: nothing is kept of any topic. */
  readonly #logs: TopicLogs | null;
  /** Null: no topic's events may be left out. */
  readonly #conflation: Conflation | null;

  constructor(hub: Hub, endpoint: EndpointSpec, publishers: readonly Publisher[], counters: Counted, webhooks: Webhooks | null) {
    const { topics, maxBufferedBytes } = endpoint;
    this.#hub = hub;
    this.#rows = new Rows(publishers);
    this.#counters = counters;
    this.#webhooks = webhooks;
    this.#logs = topics.length === 0 ? null : new TopicLogs(hub, topics, () => performance.now(), newEpoch);
    hub.recorder = this.#logs;
    const conflates = topics.some((table) => table.some(([, policy]) => policy !== null && policy.conflate !== null));
    this.#conflation = conflates ? new Conflation(this.#rows, topics, maxBufferedBytes, counters) : null;
  }

  join(connection: Connection, topic: string, joinRef: string, intercepts: readonly string[]): void {
    const known = connection.topics.get(topic);
    const row = this.#rows.row(topic, connection.serializer, intercepts);
    if (known?.row === row) {
      connection.topics.set(topic, { joinRef, row });
      return;
    }
    if (known !== undefined) this.leave(connection, topic);
    const ready = this.#hub.connectionJoins(topic);
    if (ready !== null) connection.hold(ready, () => this.#released(connection));
    connection.topics.set(topic, { joinRef, row });
    this.#rows.add(row, connection);
    this.#webhooks?.joined(topic, { id: connection.id, socketId: connection.accepted?.id });
  }

  /** Joins a topic of which something is kept, and answers the join with what the client has missed. */
  joinKept(connection: Connection, topic: string, joinRef: string, { ref, reply, cursor }: KeptJoin): void {
    const joined = this.#logs?.join(topic, cursorOf(cursor)) ?? null;
    this.join(connection, topic, joinRef, []);
    const { serializer } = connection;
    const answer = joined === null ? reply : withRecovery(reply, joined);
    connection.send(serializer.reply(joinRef, ref, JSON.stringify(topic), 'ok', answer));
    if (joined === null) return;
    const { missed, last } = joined;
    if (missed !== null) this.#counters[missed.recovered ? 'recovered' : 'notRecovered']++;
    // Who has been told all that was missed has the last event too.
    if (last !== null && missed?.recovered !== true) connection.send(serializer.broadcast(topic, last.event, last.payload));
  }

  #released(connection: Connection): void {
    for (const { row } of connection.topics.values()) this.#rows.released(row, connection);
  }

  leave(connection: Connection, topic: string): void {
    const joined = connection.topics.get(topic);
    if (joined === undefined) return;
    connection.topics.delete(topic);
    this.#rows.remove(joined.row, connection);
    this.#webhooks?.left(topic, { id: connection.id, socketId: connection.accepted?.id });
    this.#hub.connectionLeaves(topic);
  }

  leaveAll(connection: Connection): void {
    for (const topic of connection.topics.keys()) this.leave(connection, topic);
  }

  /** So much waits for the client. */
  pressed(connection: Connection, bufferedBytes: number): void {
    if (this.#conflation?.isSlow(bufferedBytes) === true) this.#conflation.slowDown(connection);
  }

  publish(topic: string, content: Event, except: Connection | undefined, position: number | undefined): void {
    this.#counters.delivered += this.#rows.publish(topic, content, except, position);
  }

  stop(): void {
    this.#conflation?.stop();
    this.#logs?.stop();
  }
}

/** Never the same, in any run of any node. */
function newEpoch(): string {
  return randomBytes(9).toString('base64url');
}
