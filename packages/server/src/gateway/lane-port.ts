import type { OpenRequest, ReviveRequest, SocketCounter } from '@rekindle/channels/internal';
import type { Codec } from '@rekindle/kernel/internal';
import type { Content } from '@rekindle/pubsub';
import type { Hub } from '@rekindle/pubsub/internal';
import type { Lane, Threads } from '@rekindle/threads/internal';
import { FrameReader } from '@rekindle/threads/internal';
import * as protocol from '../lane-protocol.js';
import type { Gateway } from './gateway.js';
import type { ForwardedRequest, SchedulerPort } from './scheduler-port.js';

/** One scheduler thread, as the gateway reaches it. */
export class LanePort implements SchedulerPort {
  readonly thread: number;
  readonly canDie = true;
  readonly #lane: Lane;
  readonly #codec: Codec;
  hasSettled: () => void = () => {};

  constructor(thread: number, lane: Lane, codec: Codec) {
    this.thread = thread;
    this.#lane = lane;
    this.#codec = codec;
  }

  open(open: OpenRequest): void {
    protocol.writeJson(this.#lane, protocol.OPEN, open);
  }

  revive(revive: ReviveRequest): void {
    protocol.writeRevive(this.#lane, revive);
  }

  frame(connection: number, frame: string | Uint8Array): void {
    protocol.writeFrame(this.#lane, protocol.TEXT, protocol.BINARY, connection, frame);
  }

  /** What a client says goes on as it came: it becomes a string where it is decoded. */
  received(connection: number, bytes: Buffer, isText: boolean): void {
    protocol.writeReceived(this.#lane, isText ? protocol.TEXT : protocol.BINARY, connection, bytes);
  }

  batch(connection: number, batch: number, frames: readonly (string | Uint8Array)[]): void {
    for (const frame of frames) this.frame(connection, frame);
    protocol.writePair(this.#lane, protocol.BATCH_END, connection, batch);
  }

  closed(connection: number): void {
    protocol.writeConnection(this.#lane, protocol.CLOSED, connection);
  }

  pressure(connection: number, bufferedBytes: number): void {
    protocol.writePair(this.#lane, protocol.PRESSURE, connection, bufferedBytes);
  }

  deliver(topic: string, content: Content): void {
    protocol.writePublish(this.#lane, protocol.DELIVER, topic, content, 'node', undefined, (term) => this.#codec.encode(term));
  }

  request(request: ForwardedRequest): void {
    protocol.writeRequest(this.#lane, request);
  }

  settled(): Promise<void> {
    protocol.writeEmpty(this.#lane, protocol.SETTLE);
    return new Promise((resolve) => {
      this.hasSettled = resolve;
    });
  }

  gone(): void {
    this.hasSettled?.();
  }

  interestReady(request: number): void {
    protocol.writeConnection(this.#lane, protocol.INTEREST_READY, request);
  }
}

/** Connects what schedulers say on their lanes with the gateway and the hub. */
export function serveLanes(
  threads: Threads,
  gateway: Gateway,
  hub: Hub,
  codec: Codec,
  port: (thread: number) => LanePort | undefined,
): void {
  const on = (kind: number, handle: (port: LanePort, payload: Buffer) => void): void => {
    threads.onFrame(kind, (thread, payload) => {
      const from = port(thread);
      if (from !== undefined) handle(from, payload);
    });
  };
  on(protocol.ACCEPT, ({ thread }, payload) => gateway.accept(thread, ...protocol.readAccept(payload)));
  on(protocol.REFUSE, ({ thread }, payload) => {
    const { connection, refusal } = protocol.readJson<protocol.Refused>(payload);
    gateway.refuse(thread, connection, refusal);
  });
  on(protocol.SETTLED, (from) => from.hasSettled());
  on(protocol.COUNT, (_from, payload) => gateway.count(new FrameReader(payload).text() as SocketCounter));
  on(protocol.ACKNOWLEDGE, (_from, payload) => gateway.acknowledge(...protocol.readPair(payload)));
  on(protocol.SEND_TEXT, (_from, payload) => gateway.send(...protocol.readFrame(payload, true)));
  on(protocol.SEND_BINARY, (_from, payload) => gateway.send(...protocol.readFrame(payload, false)));
  on(protocol.JOIN, ({ thread }, payload) => {
    const reader = new FrameReader(payload);
    gateway.join(thread, reader.uint32(), reader.text(), reader.text(), JSON.parse(reader.text()) as string[]);
  });
  on(protocol.JOIN_KEPT, ({ thread }, payload) => {
    const reader = new FrameReader(payload);
    const [id, hasCursor] = [reader.uint32(), reader.uint32() === 1];
    const [topic, joinRef, ref, reply, cursor] = [reader.text(), reader.text(), reader.text(), reader.text(), reader.text()];
    gateway.joinKept(thread, id, topic, joinRef, { ref, reply, cursor: hasCursor ? cursor : null });
  });
  on(protocol.LEAVE, ({ thread }, payload) => {
    const reader = new FrameReader(payload);
    gateway.leave(thread, reader.uint32(), reader.text());
  });
  on(protocol.CLOSE, ({ thread }, payload) => {
    const reader = new FrameReader(payload);
    gateway.close(thread, reader.uint32(), reader.uint32(), reader.text());
  });
  on(protocol.PUBLISH, (from, payload) => {
    const { topic, content, scope, except } = protocol.readPublish(payload, (bytes) => codec.decode(bytes));
    gateway.publishFrom(from, topic, content, scope, except);
  });
  on(protocol.INTERESTED, (from, payload) => {
    const reader = new FrameReader(payload);
    const request = reader.uint32();
    void hub.join(reader.text(), from).then(() => from.interestReady(request));
  });
  on(protocol.NOT_INTERESTED, (from, payload) => hub.leave(new FrameReader(payload).text(), from));
  on(protocol.RESPONSE, (_from, payload) => gateway.responded(...protocol.readResponse(payload)));
}
