import type { Accepted, GatewayLink, KeptJoin, Refusal, SocketCounter } from '@rekindle/channels/internal';
import type { Frame } from '@rekindle/channels/wire';
import type { Codec } from '@rekindle/kernel/internal';
import type { Content, Scope } from '@rekindle/pubsub';
import type { Uplink } from '@rekindle/pubsub/internal';
import type { Lane } from '@rekindle/threads/internal';
import type { ForwardedResponse } from '../gateway/scheduler-port.js';
import * as protocol from '../lane-protocol.js';

/** The gateway, as a scheduler thread reaches it. */
export class LaneLink implements GatewayLink, Uplink {
  readonly keepsAssigns = true;
  readonly #lane: Lane;
  readonly #codec: Codec;
  readonly #waiting = new Map<number, () => void>();
  #nextInterest = 1;

  constructor(lane: Lane, codec: Codec) {
    this.#lane = lane;
    this.#codec = codec;
  }

  accept(connection: number, accepted: Accepted): void {
    protocol.writeAccept(this.#lane, connection, accepted);
  }

  refuse(connection: number, refusal: Refusal): void {
    protocol.writeJson(this.#lane, protocol.REFUSE, { connection, refusal } satisfies protocol.Refused);
  }

  settled(): void {
    protocol.writeEmpty(this.#lane, protocol.SETTLED);
  }

  count(counter: SocketCounter): void {
    this.#write(protocol.COUNT, (out) => out.text(counter));
  }

  acknowledge(connection: number, batch: number): void {
    protocol.writePair(this.#lane, protocol.ACKNOWLEDGE, connection, batch);
  }

  send(connection: number, frame: Frame): void {
    protocol.writeFrame(this.#lane, protocol.SEND_TEXT, protocol.SEND_BINARY, connection, frame);
  }

  join(connection: number, topic: string, joinRef: string, intercepts: readonly string[]): void {
    this.#write(protocol.JOIN, (out) => {
      out.uint32(connection);
      out.text(topic);
      out.text(joinRef);
      out.text(JSON.stringify(intercepts));
    });
  }

  joinKept(connection: number, topic: string, joinRef: string, { ref, reply, cursor }: KeptJoin): void {
    this.#write(protocol.JOIN_KEPT, (out) => {
      out.uint32(connection);
      out.uint32(cursor === null ? 0 : 1);
      for (const text of [topic, joinRef, ref, reply, cursor ?? '']) out.text(text);
    });
  }

  leave(connection: number, topic: string): void {
    this.#write(protocol.LEAVE, (out) => {
      out.uint32(connection);
      out.text(topic);
    });
  }

  close(connection: number, code: number, reason: string): void {
    this.#write(protocol.CLOSE, (out) => {
      out.uint32(connection);
      out.uint32(code);
      out.text(reason);
    });
  }

  publish(topic: string, content: Content, scope: Scope, except: number | undefined): void {
    protocol.writePublish(this.#lane, protocol.PUBLISH, topic, content, scope, except, (term) => this.#codec.encode(term));
  }

  interested(topic: string): Promise<void> {
    const request = this.#nextInterest++;
    this.#write(protocol.INTERESTED, (out) => {
      out.uint32(request);
      out.text(topic);
    });
    return new Promise((resolve) => this.#waiting.set(request, resolve));
  }

  interestReady(request: number): void {
    this.#waiting.get(request)?.();
    this.#waiting.delete(request);
  }

  notInterested(topic: string): void {
    this.#write(protocol.NOT_INTERESTED, (out) => out.text(topic));
  }

  respond(id: number, response: ForwardedResponse): void {
    protocol.writeResponse(this.#lane, id, response);
  }

  #write(kind: number, fill: (out: Lane['out']) => void): void {
    this.#lane.out.begin(kind, 32);
    fill(this.#lane.out);
    this.#lane.out.end();
    this.#lane.written();
  }
}
