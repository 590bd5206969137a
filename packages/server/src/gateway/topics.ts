import { randomBytes } from 'node:crypto';
import { cursorOf, type KeptJoin, withRecovery } from '@rekindle/channels/internal';
import type { Frame } from '@rekindle/channels/wire';
import type { Kernel } from '@rekindle/kernel/internal';
import type { Content } from '@rekindle/pubsub';
import { type Cursor, type Hub, type JoinedLog, SharedLogs, TopicLogs } from '@rekindle/pubsub/internal';
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
  /** What all nodes have in common. */
  readonly #sharedLogs: SharedLogs | null;
  /** Null: no topic's events may be left out. */
  readonly #conflation: Conflation | null;

  constructor(
    { here }: Kernel,
    hub: Hub,
    endpoint: EndpointSpec,
    publishers: readonly Publisher[],
    counters: Counted,
    webhooks: Webhooks | null,
  ) {
    const { topics, maxBufferedBytes } = endpoint;
    this.#hub = hub;
    this.#rows = new Rows(publishers);
    this.#counters = counters;
    this.#webhooks = webhooks;
    this.#logs = topics.length === 0 ? null : new TopicLogs(hub, topics, () => performance.now(), newEpoch);
    hub.recorder = this.#logs;
    let publications = 0;
    const newKey = (): string => `${here.node}.${here.incarnation}.${++publications}`;
    this.#sharedLogs = topics.length === 0 ? null : new SharedLogs(hub, topics, () => performance.now(), newKey);
    hub.keeper = this.#sharedLogs;
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
  joinKept(connection: Connection, topic: string, joinRef: string, join: KeptJoin): void {
    const joined = this.#joinLog(topic, cursorOf(join.cursor));
    if (!(joined instanceof Promise)) {
      this.join(connection, topic, joinRef, []);
      for (const frame of this.#answer(connection, topic, joinRef, join, joined)) connection.send(frame);
      return;
    }
    // What the client is sent after this waits behind the answer. It may have left by then.
    const attempt = { joinRef };
    connection.joining ??= new Map();
    connection.joining.set(topic, attempt);
    const frames = joined.then((known) => {
      if (connection.ended) return [];
      if (connection.joining?.get(topic) !== attempt) return this.#answer(connection, topic, joinRef, join, null);
      connection.joining.delete(topic);
      this.join(connection, topic, joinRef, []);
      return this.#answer(connection, topic, joinRef, join, known);
    });
    connection.sendLater(frames, () => this.#released(connection));
  }

  #joinLog(topic: string, cursor: Cursor | null): JoinedLog | Promise<JoinedLog> | null {
    if (this.#sharedLogs?.keeps(topic) === true) return this.#sharedLogs.join(topic, cursor);
    return this.#logs?.join(topic, cursor) ?? null;
  }

  #answer(
    { serializer }: Connection,
    topic: string,
    joinRef: string,
    { ref, reply }: KeptJoin,
    joined: JoinedLog | null,
  ): readonly Frame[] {
    const answer = joined === null ? reply : withRecovery(reply, joined);
    const frames = [serializer.reply(joinRef, ref, JSON.stringify(topic), 'ok', answer)];
    if (joined === null) return frames;
    const { missed, last } = joined;
    if (missed !== null) this.#counters[missed.recovered ? 'recovered' : 'notRecovered']++;
    // Who has been told all that was missed has the last event too.
    if (last !== null && missed?.recovered !== true) frames.push(serializer.broadcast(topic, last.event, last.payload));
    return frames;
  }

  #released(connection: Connection): void {
    for (const { row } of connection.topics.values()) this.#rows.released(row, connection);
  }

  leave(connection: Connection, topic: string): void {
    connection.joining?.delete(topic);
    const joined = connection.topics.get(topic);
    if (joined === undefined) return;
    connection.topics.delete(topic);
    this.#rows.remove(joined.row, connection);
    this.#webhooks?.left(topic, { id: connection.id, socketId: connection.accepted?.id });
    this.#hub.connectionLeaves(topic);
  }

  /** The client is told to join all its topics again. */
  failAll(connection: Connection): void {
    for (const [topic, { joinRef }] of connection.topics) this.#fail(connection, topic, joinRef);
    for (const [topic, { joinRef }] of connection.joining ?? []) this.#fail(connection, topic, joinRef);
  }

  /** Its clients have missed something for good: they join again, and are told so. */
  broken(connections: Iterable<Connection>, topics: ReadonlySet<string>): void {
    for (const connection of connections) {
      for (const topic of topics) {
        const joined = connection.topics.get(topic);
        if (joined !== undefined) this.#fail(connection, topic, joined.joinRef);
      }
    }
  }

  #fail(connection: Connection, topic: string, joinRef: string): void {
    this.leave(connection, topic);
    connection.send(connection.serializer.end('phx_error', joinRef, JSON.stringify(topic)));
  }

  leaveAll(connection: Connection): void {
    connection.joining = null;
    for (const topic of connection.topics.keys()) this.leave(connection, topic);
  }

  /** So much waits for the client. */
  pressed(connection: Connection, bufferedBytes: number): void {
    if (this.#conflation?.isSlow(bufferedBytes) === true) this.#conflation.slowDown(connection);
  }

  publish(topic: string, content: Event, except: Connection | undefined, position: number | undefined): void {
    this.#counters.delivered += this.#rows.publish(topic, content, except, position);
  }

  /** What was asked of the store that all nodes have in common. */
  get storeCounts(): Pick<Counters, 'storeReads' | 'storeCatchUps' | 'notKept'> {
    const { reads = 0, catchUps = 0, notKept = 0 } = this.#sharedLogs?.counts ?? {};
    return { storeReads: reads, storeCatchUps: catchUps, notKept };
  }

  stop(): void {
    this.#conflation?.stop();
    this.#logs?.stop();
    this.#sharedLogs?.stop();
  }
}

/** Never the same, in any run of any node. */
function newEpoch(): string {
  return randomBytes(9).toString('base64url');
}
