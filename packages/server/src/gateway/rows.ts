import { type Frame, type Serializer, v1, v2 } from '@rekindle/channels/wire';
import type { Content } from '@rekindle/pubsub';
import type { AdapterSocket } from '../adapters/adapter.js';
import type { Connection } from './connection.js';
import type { Latest } from './latest.js';

type Event = Extract<Content, { kind: 'event' }>;

/**
 * Connections that get the same bytes of a topic: same serializer, same intercepted events. The adapter knows them as one
 * set of sockets, so a broadcast is encoded once per serializer and published once per row.
 */
export interface Row {
  readonly name: string;
  readonly topic: string;
  readonly serializer: Serializer;
  /** Events that go through the channel processes instead. */
  readonly intercepts: ReadonlySet<string>;
  size: number;
  /** Members whose own order has to wait for something: they are sent to one by one. */
  readonly held: Set<Connection>;
  /** Members that read too slowly, on topics where they then get less. */
  readonly slow: Map<Connection, Latest>;
}

/** Something that knows the sockets of a row: an adapter, or the long-polling sessions. */
export interface Publisher {
  publish(row: string, frame: string | Uint8Array, except: AdapterSocket | undefined): void;
}

/** The gateway's index of topics. */
export class Rows {
  readonly #publishers: readonly Publisher[];
  readonly #byTopic = new Map<string, Row[]>();

  constructor(publishers: readonly Publisher[]) {
    this.#publishers = publishers;
  }

  row(topic: string, serializer: Serializer, intercepts: readonly string[]): Row {
    const name = `${serializer.name} ${intercepts.length === 0 ? '' : JSON.stringify(intercepts)} ${topic}`;
    const rows = this.#byTopic.get(topic) ?? [];
    let row = rows.find((candidate) => candidate.name === name);
    if (row === undefined) {
      row = { name, topic, serializer, intercepts: new Set(intercepts), size: 0, held: new Set(), slow: new Map() };
      rows.push(row);
      this.#byTopic.set(topic, rows);
    }
    return row;
  }

  add(row: Row, connection: Connection): void {
    row.size++;
    if (connection.isHeld) row.held.add(connection);
    else connection.socket?.join(row.name);
  }

  /** The connection's sends are not held back any more. */
  released(row: Row, connection: Connection): void {
    if (row.held.delete(connection)) connection.socket?.join(row.name);
  }

  /** From now on the connection gets what `latest` leaves of the row. */
  slowDown(row: Row, connection: Connection, latest: Latest): void {
    if (row.held.has(connection) || row.slow.has(connection)) return;
    row.slow.set(connection, latest);
    connection.socket?.leave(row.name);
  }

  /** The connection gets everything again. */
  speedUp(row: Row, connection: Connection): void {
    if (row.slow.delete(connection)) connection.socket?.join(row.name);
  }

  remove(row: Row, connection: Connection): void {
    row.size--;
    if (!row.held.delete(connection) && !row.slow.delete(connection)) connection.socket?.leave(row.name);
    if (row.size > 0) return;
    const rows = (this.#byTopic.get(row.topic) ?? []).filter((other) => other !== row);
    if (rows.length === 0) this.#byTopic.delete(row.topic);
    else this.#byTopic.set(row.topic, rows);
  }

  /** Answers to how many connections it goes. */
  publish(topic: string, content: Event, except: Connection | undefined, position?: number): number {
    const rows = this.#byTopic.get(topic);
    if (rows === undefined) return 0;
    let receivers = 0;
    let inV1: string | Uint8Array | undefined;
    let inV2: string | Uint8Array | undefined;
    let inOthers: Map<Serializer, Frame> | undefined;
    for (const row of rows) {
      if (row.intercepts.has(content.event)) continue;
      if (row.serializer === v1 && typeof content.payload !== 'string') continue; // version 1 cannot say it
      let frame: Frame;
      if (row.serializer === v2) frame = inV2 ??= v2.broadcast(topic, content.event, content.payload, position);
      else if (row.serializer === v1) frame = inV1 ??= v1.broadcast(topic, content.event, content.payload, position);
      else frame = encodedOnce((inOthers ??= new Map()), row.serializer, topic, content, position);
      const excludes = except?.topics.get(topic)?.row === row;
      const excluded = excludes ? (except?.socket ?? undefined) : undefined;
      for (const publisher of this.#publishers) publisher.publish(row.name, frame, excluded);
      receivers += row.size - (excludes ? 1 : 0);
      for (const connection of row.held) if (connection !== except) connection.send(frame);
      for (const [connection, latest] of row.slow) if (connection !== except) latest.take(content, frame);
    }
    return receivers;
  }
}

function encodedOnce(
  done: Map<Serializer, Frame>,
  serializer: Serializer,
  topic: string,
  { event, payload }: Event,
  position: number | undefined,
): Frame {
  let frame = done.get(serializer);
  if (frame === undefined) {
    frame = serializer.broadcast(topic, event, payload, position);
    done.set(serializer, frame);
  }
  return frame;
}
