import {
  type Accepted,
  reports as channelReports,
  type KeptJoin,
  type OpenRequest,
  type Refusal,
  type SocketCounter,
} from '@rekindle/channels/internal';
import type { Frame, Serializers } from '@rekindle/channels/wire';
import type { Kernel } from '@rekindle/kernel/internal';
import type { Content, Scope } from '@rekindle/pubsub';
import { type Fastlane, type Hub, SeenIds } from '@rekindle/pubsub/internal';
import type {
  AdapterHandlers,
  Handshake,
  HandshakeEvents,
  HttpRequest,
  HttpResponse,
  ServerAdapter,
  UpgradeRequest,
} from '../adapters/adapter.js';
import type { EndpointSpec, SocketSpec } from '../endpoint-spec.js';
import { HttpRoutes } from '../http/http-routes.js';
import { frameOf } from '../received-frame.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { Batches } from './batches.js';
import { ClientAddresses } from './client-address.js';
import type { Connection, ConnectionOwner } from './connection.js';
import { Connections } from './connections.js';
import { type Counters, newCounters } from './counters.js';
import { drain, within } from './drainer.js';
import { Entrance } from './entrance.js';
import { IdleCheck } from './idle-check.js';
import { LongPollRows } from './long-poll-rows.js';
import type { ForwardedResponse, SchedulerPort } from './scheduler-port.js';
import { Schedulers } from './schedulers.js';
import { Takeover } from './takeover.js';
import { Topics } from './topics.js';

type Event = Extract<Content, { kind: 'event' }>;

/**
 * Owns the sockets. Runs no user code: it frames, counts, publishes, and forwards what clients send to the thread that serves
 * them.
 */
export class Gateway implements AdapterHandlers, Fastlane, ConnectionOwner {
  readonly #adapter: ServerAdapter;
  readonly #hub: Hub;
  readonly #endpoint: EndpointSpec;
  readonly #serializers: Serializers;
  readonly #clients: ClientAddresses;
  readonly #counters = newCounters();
  readonly #entrance: Entrance;
  readonly #http: HttpRoutes;
  /** Null: nobody is told. */
  readonly webhooks: Webhooks | null;
  readonly #schedulers = new Schedulers();
  readonly #connections: Connections;
  readonly #topics: Topics;
  readonly #batches = new Batches();
  readonly #takeover: Takeover;
  readonly #idle: IdleCheck;
  #draining = false;

  constructor(kernel: Kernel, adapter: ServerAdapter, hub: Hub, endpoint: EndpointSpec, serializers: Serializers) {
    this.#adapter = adapter;
    this.#hub = hub;
    this.#endpoint = endpoint;
    this.#serializers = serializers;
    this.#clients = new ClientAddresses(endpoint.trustedProxies);
    hub.fastlane = this;
    if (endpoint.publish !== null) hub.seen = new SeenIds(endpoint.publish.idempotencyMs, () => performance.now());
    const { webhooks } = endpoint;
    this.webhooks = webhooks.length === 0 ? null : new Webhooks(kernel, webhooks, this.#counters);
    const longPollRows = new LongPollRows();
    this.#connections = new Connections(hub);
    this.#topics = new Topics(kernel, hub, endpoint, [adapter, longPollRows], this.#counters, this.webhooks);
    this.#takeover = new Takeover(this.#schedulers, this.#connections, this.#topics, hub);
    this.#idle = new IdleCheck(this.#connections, endpoint, this.#counters, () => this.#entrance.prune());
    this.#entrance = new Entrance({
      owner: this,
      endpoint,
      clients: this.#clients,
      connections: this.#connections,
      schedulers: this.#schedulers,
      idle: this.#idle,
      counters: this.#counters,
    });
    this.#http = new HttpRoutes({
      kernel,
      hub,
      gateway: this,
      endpoint,
      clients: this.#clients,
      rows: longPollRows,
      scheduler: () => this.#schedulers.leastLoaded(),
      isReady: () => !this.#draining,
      counters: this.#counters,
    });
  }

  async listen(port: number, host: string | undefined): Promise<number> {
    const { maxBufferedBytes, tls, proxyProtocol } = this.#endpoint;
    const proxies = proxyProtocol ? (peer: string) => this.#clients.isTrusted(peer) : null;
    return this.#adapter.listen({ port, host, webSocketPaths: this.#entrance.webSockets, maxBufferedBytes, tls, proxies }, this);
  }

  /** A snapshot. */
  get counters(): Counters {
    return { connections: this.#connections.size, longPolls: this.#http.longPolls, ...this.#counters, ...this.#topics.storeCounts };
  }

  count(counter: SocketCounter): void {
    this.#counters[counter]++;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  // ---------------------------------------------------------------- threads

  schedulerUp(port: SchedulerPort): void {
    this.#takeover.schedulerUp(port);
  }

  schedulerDown(thread: number): void {
    const port = this.#schedulers.get(thread);
    if (port === undefined) return;
    this.#http.schedulerDown(thread);
    this.#takeover.schedulerDown(port);
  }

  // ---------------------------------------------------------------- from the adapter

  upgrade(request: UpgradeRequest, handshake: Handshake): HandshakeEvents {
    return this.#entrance.upgrade(request, handshake);
  }

  connect(request: Omit<OpenRequest, 'connection'>, spec: SocketSpec, handshake: Handshake): Connection | Refusal {
    return this.#entrance.connect(request, spec, handshake);
  }

  received(connection: Connection, bytes: Buffer, isText: boolean): void {
    connection.heardOf = this.#idle.tick;
    this.#counters.framesIn++;
    const port = this.#schedulers.get(connection.thread);
    if (port === undefined) connection.keep(frameOf(bytes, isText));
    else port.received(connection.id, bytes, isText);
  }

  pressed(connection: Connection, bufferedBytes: number): void {
    this.#topics.pressed(connection, bufferedBytes);
    this.#schedulers.get(connection.thread)?.pressure(connection.id, bufferedBytes);
  }

  saidTooMuch(): void {
    this.#counters.framesTooLong++;
  }

  /** A request was answered with 413. */
  bodyTooLong(): void {
    this.#counters.bodiesTooLong++;
  }

  tooSlow({ origin }: Connection): void {
    this.#counters.slowReadersClosed++;
    const { maxBufferedBytes } = this.#endpoint;
    channelReports.reportSlowReader(() => ({ peer: origin.peer, path: origin.path, maxBufferedBytes }));
  }

  deliver(id: number, frames: readonly (string | Uint8Array)[]): Promise<void> {
    return new Promise((resolve) => {
      const connection = this.#connections.get(id);
      if (connection === undefined) return;
      this.#schedulers.get(connection.thread)?.batch(id, this.#batches.begin(id, resolve), frames);
    });
  }

  acknowledge(id: number, batch: number): void {
    this.#batches.acknowledge(id, batch);
  }

  http(request: HttpRequest): Promise<HttpResponse> {
    return this.#http.answer(request);
  }

  gone(connection: Connection): void {
    if (connection.ended) return;
    connection.ended = true;
    this.#schedulers.load(connection.thread, -1);
    this.#takeover.forget(connection);
    this.#batches.forget(connection.id);
    this.#topics.leaveAll(connection);
    this.#connections.delete(connection);
    connection.socket = null;
    this.#schedulers.get(connection.thread)?.closed(connection.id);
  }

  // ---------------------------------------------------------------- from the schedulers

  accept(thread: number, id: number, accepted: Accepted): void {
    const connection = this.#connections.servedBy(thread, id);
    if (connection === null) return;
    const { handshake } = connection;
    if (connection.accepted !== null && connection.accepted.id !== accepted.id) this.#connections.forgetId(connection);
    connection.accepted = accepted;
    connection.serializer = this.#serializers.named(accepted.serializer);
    connection.handshake = null;
    if (this.#schedulers.get(thread)?.canDie === false) connection.forgetRequest();
    if (handshake !== null) {
      const socket = handshake.accept(undefined);
      if (socket === undefined) {
        this.gone(connection);
        return;
      }
      connection.socket = socket;
      this.#counters.connectsAccepted++;
    }
    this.#connections.rememberId(connection);
  }

  refuse(thread: number, id: number, refusal: Refusal): void {
    const connection = this.#connections.servedBy(thread, id);
    if (connection === null) return;
    if (connection.handshake !== null) connection.handshake.refuse(refusal);
    else connection.socket?.close(1011, '');
    this.gone(connection);
  }

  /** From any thread: a reply may come from a process elsewhere. */
  send(id: number, frame: Frame): void {
    this.#connections.get(id)?.send(frame);
  }

  join(thread: number, id: number, topic: string, joinRef: string, intercepts: readonly string[]): void {
    const connection = this.#connections.servedBy(thread, id);
    if (connection !== null) this.#topics.join(connection, topic, joinRef, intercepts);
  }

  joinKept(thread: number, id: number, topic: string, joinRef: string, join: KeptJoin): void {
    const connection = this.#connections.servedBy(thread, id);
    if (connection !== null) this.#topics.joinKept(connection, topic, joinRef, join);
  }

  leave(thread: number, id: number, topic: string): void {
    const connection = this.#connections.servedBy(thread, id);
    if (connection !== null) this.#topics.leave(connection, topic);
  }

  close(thread: number, id: number, code: number, reason: string): void {
    this.#connections.servedBy(thread, id)?.socket?.close(code, reason);
  }

  publishFrom(port: SchedulerPort, topic: string, content: Content, scope: Scope, except: number | undefined): void {
    this.#hub.publish(topic, content, scope, port, except);
  }

  responded(id: number, response: ForwardedResponse): void {
    this.#http.responded(id, response);
  }

  // ---------------------------------------------------------------- from the hub

  publish(topic: string, content: Event, except: number | undefined, position?: number): void {
    if (content.event === 'disconnect') this.#connections.disconnect(topic);
    this.#topics.publish(topic, content, except === undefined ? undefined : this.#connections.get(except), position);
  }

  broken(topics: ReadonlySet<string>): void {
    this.#topics.broken(this.#connections.all(), topics);
  }

  // ---------------------------------------------------------------- the end

  /**
   * Says that it is not ready, stops listening, and closes all connections, in batches, with a code after which stock clients
   * come back, to another node. Resolves when their channels have ended, at the latest at the drainer's deadline.
   */
  async drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    this.#entrance.close();
    const { drainer } = this.#endpoint;
    if (drainer.readinessMs > 0) await new Promise((resolve) => setTimeout(resolve, drainer.readinessMs));
    this.#adapter.stopListening();
    const connections = Array.from(this.#connections.all(), (connection) => ({
      close: () => connection.socket?.close(1012, 'service restart'),
    }));
    const began = performance.now();
    await drain(connections, drainer);
    const settled = Promise.all(Array.from(this.#schedulers.all(), (port) => port.settled()));
    await within(settled, began + drainer.deadlineMs - performance.now());
  }

  async end(): Promise<void> {
    this.#idle.stop();
    this.#topics.stop();
    this.#http.stop();
    await this.#adapter.close();
  }
}
