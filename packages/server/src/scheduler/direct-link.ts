import type { Accepted, GatewayLink, KeptJoin, OpenRequest, Refusal, ReviveRequest, SocketCounter } from '@rekindle/channels/internal';
import type { Frame } from '@rekindle/channels/wire';
import type { Content, PubSub, Scope } from '@rekindle/pubsub';
import type { Hub, Uplink } from '@rekindle/pubsub/internal';
import type { Gateway } from '../gateway/gateway.js';
import type { ForwardedRequest, SchedulerPort } from '../gateway/scheduler-port.js';
import { frameOf } from '../received-frame.js';
import type { SchedulerServices } from './services.js';

/** Gateway and actors on one thread (`schedulers: 0`): both ends of a lane without the lane. */
export class DirectLink implements GatewayLink, SchedulerPort, Uplink {
  readonly thread = 0;
  readonly keepsAssigns = false;
  readonly canDie = false;
  readonly #hub: Hub;
  gateway!: Gateway;
  services!: SchedulerServices;
  pubsub!: PubSub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  // to the gateway
  accept(connection: number, accepted: Accepted): void {
    this.gateway.accept(0, connection, accepted);
  }
  refuse(connection: number, refusal: Refusal): void {
    this.gateway.refuse(0, connection, refusal);
  }
  count(counter: SocketCounter): void {
    this.gateway.count(counter);
  }
  acknowledge(connection: number, batch: number): void {
    this.gateway.acknowledge(connection, batch);
  }
  send(connection: number, frame: Frame): void {
    this.gateway.send(connection, frame);
  }
  join(connection: number, topic: string, joinRef: string, intercepts: readonly string[]): void {
    this.gateway.join(0, connection, topic, joinRef, intercepts);
  }
  joinKept(connection: number, topic: string, joinRef: string, join: KeptJoin): void {
    this.gateway.joinKept(0, connection, topic, joinRef, join);
  }
  leave(connection: number, topic: string): void {
    this.gateway.leave(0, connection, topic);
  }
  close(connection: number, code: number, reason: string): void {
    this.gateway.close(0, connection, code, reason);
  }
  publish(topic: string, content: Content, scope: Scope, except: number | undefined): void {
    this.#hub.publish(topic, content, scope, this, except);
  }
  interested(topic: string): Promise<void> {
    return this.#hub.join(topic, this);
  }
  notInterested(topic: string): void {
    this.#hub.leave(topic, this);
  }

  // to the actors
  open(open: OpenRequest): void {
    this.services.host.open(open);
  }
  revive(revive: ReviveRequest): void {
    this.services.host.revive(revive);
  }
  frame(connection: number, frame: string | Uint8Array): void {
    this.services.host.frame(connection, frame);
  }
  received(connection: number, bytes: Buffer, isText: boolean): void {
    this.services.host.frame(connection, frameOf(bytes, isText));
  }
  batch(connection: number, batch: number, frames: readonly (string | Uint8Array)[]): void {
    for (const frame of frames) this.services.host.frame(connection, frame);
    this.services.host.batchEnd(connection, batch);
  }
  closed(connection: number): void {
    this.services.host.closed(connection);
  }
  pressure(connection: number, bufferedBytes: number): void {
    this.services.host.pressure(connection, bufferedBytes);
  }
  deliver(topic: string, content: Content): void {
    this.pubsub.deliver(topic, content);
  }
  settled(): Promise<void> {
    return this.services.host.settled();
  }
  gone(): void {}
  request(request: ForwardedRequest): void {
    void this.services.answerRequest(request).then((response) => this.gateway.responded(request.id, response));
  }
}
