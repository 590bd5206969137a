import { randomBytes } from 'node:crypto';
import {
  type Accepted,
  reports as channelReports,
  cursorOf,
  type KeptJoin,
  type OpenRequest,
  type Refusal,
  type SocketCounter,
  withRecovery,
} from '@rekindle/channels/internal';
import type { Frame, Serializers } from '@rekindle/channels/wire';
import { type Kernel, reports } from '@rekindle/kernel/internal';
import type { Content, Scope } from '@rekindle/pubsub';
import { type Fastlane, type Hub, SeenIds, TopicLogs } from '@rekindle/pubsub/internal';
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
import { HttpFront, plain } from '../http/front.js';
import { PublishApi } from '../publish/publish-api.js';
import { frameOf } from '../received-frame.js';
import { SseFront } from '../sse/sse-front.js';
import { Webhooks } from '../webhooks/webhooks.js';
import { ClientAddresses } from './client-address.js';
import { Conflation } from './conflation.js';
import { ConnectLimit } from './connect-limit.js';
import { Connection, type ConnectionOwner } from './connection.js';
import { type Counters, newCounters } from './counters.js';
import { drain, within } from './drainer.js';
import { checkHandshake, publicUri } from './handshake.js';
import { LongPolls } from './long-poll.js';
import { LongPollRows } from './long-poll-rows.js';
import { Rows } from './rows.js';
import type { ForwardedResponse, SchedulerPort } from './scheduler-port.js';
import { Schedulers } from './schedulers.js';

type Event = Extract<Content, { kind: 'event' }>;

/** How often connections are looked at for silence, per timeout. */
const IDLE_TICKS = 6;

/**
 * Owns the sockets. Runs no user code: it frames, counts, publishes, and forwards what clients send to the thread that serves
 * them. When that thread dies, the sockets stay: their topics are told, and another thread takes over.
 */
export class Gateway implements AdapterHandlers, Fastlane, ConnectionOwner {
  readonly #adapter: ServerAdapter;
  readonly #hub: Hub;
  readonly #endpoint: EndpointSpec;
  readonly #serializers: Serializers;
  readonly #clients: ClientAddresses;
  readonly #connects: ConnectLimit | null;
  readonly #counters = newCounters();
  /** Sockets by the path of their WebSockets. */
  readonly #webSockets: ReadonlyMap<string, SocketSpec>;
  readonly #rows: Rows;
  readonly #longPollRows = new LongPollRows();
  readonly #longPolls: LongPolls;
  readonly #sse: SseFront;
  readonly #http: HttpFront;
  /** Batches of frames that schedulers have not acknowledged, by connection and number. */
  readonly #batches = new Map<number, Map<number, () => void>>();
  readonly #logs: TopicLogs | null;
  readonly #publishApi: PublishApi | null;
  /** Null: nobody is told. */
  readonly webhooks: Webhooks | null;
  /** Null: no topic's events may be left out. */
  readonly #conflation: Conflation | null;
  #nextBatch = 1;
  readonly #schedulers = new Schedulers();
  readonly #connections = new Map<number, Connection>();
  /** Connections by the topic whose `disconnect` event closes them. */
  readonly #byId = new Map<string, Set<Connection>>();
  /** Connections whose thread has died while no other was there to take over. */
  readonly #orphans = new Set<Connection>();
  readonly #idleTimers: NodeJS.Timeout[] = [];
  #nextConnection = 1;
  #tick = 0;
  #draining = false;

  constructor(kernel: Kernel, adapter: ServerAdapter, hub: Hub, endpoint: EndpointSpec, serializers: Serializers) {
    this.#adapter = adapter;
    this.#hub = hub;
    this.#endpoint = endpoint;
    this.#serializers = serializers;
    this.#clients = new ClientAddresses(endpoint.trustedProxies);
    this.#connects = endpoint.connects === null ? null : new ConnectLimit(endpoint.connects);
    this.#webSockets = new Map(endpoint.sockets.filter((socket) => socket.websocket).map((socket) => [`${socket.path}/websocket`, socket]));
    this.#rows = new Rows([adapter, this.#longPollRows]);
    this.#longPolls = new LongPolls(kernel, this, this.#longPollRows, endpoint, this.#clients);
    this.#sse = new SseFront(this, this.#longPollRows, endpoint, this.#clients);
    this.#http = new HttpFront(
      endpoint,
      this.#clients,
      () => this.#schedulers.leastLoaded(),
      () => !this.#draining,
      () => this.bodyTooLong(),
    );
    hub.fastlane = this;
    this.#logs = endpoint.topics.length === 0 ? null : new TopicLogs(hub, endpoint.topics, () => performance.now(), newEpoch);
    hub.recorder = this.#logs;
    const conflates = endpoint.topics.some((table) => table.some(([, policy]) => policy !== null && policy.conflate !== null));
    this.#conflation = conflates ? new Conflation(this.#rows, endpoint.topics, endpoint.maxBufferedBytes, this.#counters) : null;
    const { publish, maxBodyBytes, webhooks } = endpoint;
    if (publish !== null) hub.seen = new SeenIds(publish.idempotencyMs, () => performance.now());
    this.#publishApi = publish === null ? null : new PublishApi(hub, publish, maxBodyBytes, this.#counters);
    const { node, incarnation } = kernel.here;
    this.webhooks = webhooks.length === 0 ? null : new Webhooks(webhooks, { node, run: incarnation }, this.#counters);
    const shortest = Math.min(...endpoint.sockets.map((socket) => socket.timeoutMs), 60_000);
    const every = Math.max(50, shortest / IDLE_TICKS);
    const timer = setInterval(() => this.#closeIdle(every), every);
    timer.unref();
    this.#idleTimers.push(timer);
  }

  async listen(port: number, host: string | undefined): Promise<number> {
    const { maxBufferedBytes, tls, proxyProtocol } = this.#endpoint;
    const proxies = proxyProtocol ? (peer: string) => this.#clients.isTrusted(peer) : null;
    return this.#adapter.listen({ port, host, webSocketPaths: this.#webSockets, maxBufferedBytes, tls, proxies }, this);
  }

  /** A snapshot. */
  get counters(): Counters {
    return { connections: this.#connections.size, longPolls: this.#longPolls.size, ...this.#counters };
  }

  count(counter: SocketCounter): void {
    this.#counters[counter]++;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  // ---------------------------------------------------------------- threads

  schedulerUp(port: SchedulerPort): void {
    this.#schedulers.add(port);
    for (const connection of this.#orphans) this.#revive(connection);
    this.#orphans.clear();
  }

  /** The thread's actors are gone. Its connections' topics are told at once; another scheduler takes the connections over. */
  schedulerDown(thread: number): void {
    const port = this.#schedulers.get(thread);
    if (port === undefined) return;
    this.#schedulers.remove(thread);
    port.gone();
    this.#hub.drop(port);
    this.#http.schedulerDown(thread);
    for (const connection of this.#connections.values()) {
      if (connection.thread !== thread) continue;
      for (const [topic, { joinRef }] of connection.topics) {
        this.#leaveTopic(connection, topic);
        connection.send(connection.serializer.end('phx_error', joinRef, JSON.stringify(topic)));
      }
      if (this.#schedulers.size === 0) this.#orphans.add(connection);
      else this.#revive(connection);
    }
  }

  #revive(connection: Connection): void {
    if (connection.ended) return;
    const port = this.#schedulers.leastLoaded() as SchedulerPort;
    this.#schedulers.load(connection.thread, -1);
    connection.thread = port.thread;
    this.#schedulers.load(port.thread, 1);
    if (connection.accepted === null) port.open(connection.open);
    else port.revive({ open: connection.open, accepted: connection.accepted });
    for (const frame of connection.takeKept()) port.frame(connection.id, frame);
  }

  // ---------------------------------------------------------------- from the adapter

  upgrade(request: UpgradeRequest, handshake: Handshake): HandshakeEvents {
    const socket = this.#webSockets.get(request.path);
    const checked = socket === undefined ? 404 : checkHandshake(request, socket, this.#endpoint);
    if (typeof checked === 'number' || socket === undefined) {
      if (checked === 403) this.#counters.originsRefused++;
      handshake.refuse({ status: typeof checked === 'number' ? checked : 404 });
      return NOTHING;
    }
    const client = this.#clients.clientOf(request);
    const made = this.connect(
      {
        path: socket.path,
        transport: 'websocket',
        query: request.query,
        peer: client.address,
        uri: publicUri(client.secure ? 'wss' : 'ws', request),
        headers: checked.headers,
        origin: request.headers.origin,
        authToken: checked.authToken,
      },
      socket,
      { accept: () => handshake.accept(checked.protocol), refuse: (refusal) => handshake.refuse(refusal) },
    );
    if (made instanceof Connection) return made;
    handshake.refuse(made);
    return NOTHING;
  }

  /** A client wants in: a scheduler is asked, unless it comes too often or there is none. */
  connect(request: Omit<OpenRequest, 'connection'>, spec: SocketSpec, handshake: Handshake): Connection | Refusal {
    const waitMs = this.#connects?.take(request.peer, Math.floor(performance.now())) ?? 0;
    if (waitMs > 0) {
      this.#counters.connectsLimited++;
      return { status: 429, headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) } };
    }
    const port = this.#schedulers.leastLoaded();
    if (port === undefined || this.#draining) return { status: 503, headers: { 'retry-after': '1' } };
    const open: OpenRequest = { connection: this.#nextConnection++, ...request };
    const connection = new Connection(this, open, spec, port.thread, handshake);
    connection.heardOf = this.#tick;
    this.#connections.set(connection.id, connection);
    this.#schedulers.load(port.thread, 1);
    port.open(open);
    return connection;
  }

  received(connection: Connection, bytes: Buffer, isText: boolean): void {
    connection.heardOf = this.#tick;
    this.#counters.framesIn++;
    const port = this.#schedulers.get(connection.thread);
    if (port === undefined) connection.keep(frameOf(bytes, isText));
    else port.received(connection.id, bytes, isText);
  }

  pressed(connection: Connection, bufferedBytes: number): void {
    if (this.#conflation?.isSlow(bufferedBytes) === true) this.#conflation.slowDown(connection);
    this.#schedulers.get(connection.thread)?.pressure(connection.id, bufferedBytes);
  }

  saidTooMuch(): void {
    this.#counters.framesTooLong++;
  }

  /** A request was answered with 413. */
  bodyTooLong(): void {
    this.#counters.bodiesTooLong++;
  }

  tooSlow({ open }: Connection): void {
    this.#counters.slowReadersClosed++;
    const { maxBufferedBytes } = this.#endpoint;
    channelReports.reportSlowReader(() => ({ peer: open.peer, path: open.path, maxBufferedBytes }));
  }

  deliver(id: number, frames: readonly (string | Uint8Array)[]): Promise<void> {
    return new Promise((resolve) => {
      const connection = this.#connections.get(id);
      if (connection === undefined) return;
      const batch = this.#nextBatch++;
      const batches = this.#batches.get(id) ?? new Map<number, () => void>();
      this.#batches.set(id, batches.set(batch, resolve));
      this.#schedulers.get(connection.thread)?.batch(id, batch, frames);
    });
  }

  acknowledge(id: number, batch: number): void {
    const batches = this.#batches.get(id);
    batches?.get(batch)?.();
    if (batches?.delete(batch) === true && batches.size === 0) this.#batches.delete(id);
  }

  http(request: HttpRequest): Promise<HttpResponse> {
    return this.#answer(request).catch((error: unknown) => {
      reports.reportStrayError(error);
      return plain(500, 'internal server error');
    });
  }

  #answer(request: HttpRequest): Promise<HttpResponse> {
    const socket = this.#longPolls.socketAt(request.path);
    if (socket !== undefined) return this.#longPolls.answer(request, socket);
    const listened = this.#sse.socketAt(request.path);
    if (listened !== undefined) return this.#sse.answer(request, listened);
    if (this.#publishApi?.isAt(request.path) === true) return this.#publishApi.answer(request);
    return this.#http.answer(request);
  }

  gone(connection: Connection): void {
    if (connection.ended) return;
    connection.ended = true;
    this.#connections.delete(connection.id);
    this.#batches.delete(connection.id);
    this.#schedulers.load(connection.thread, -1);
    this.#orphans.delete(connection);
    for (const topic of connection.topics.keys()) this.#leaveTopic(connection, topic);
    this.#forgetId(connection);
    connection.socket = null;
    this.#schedulers.get(connection.thread)?.closed(connection.id);
  }

  #closeIdle(tickMs: number): void {
    this.#tick++;
    this.#connects?.prune(Math.floor(performance.now()));
    for (const connection of this.#connections.values()) {
      if (connection.open.transport !== 'websocket') continue;
      if ((this.#tick - connection.heardOf - 1) * tickMs < connection.spec.timeoutMs) continue;
      if (connection.socket !== null) this.#counters.idleClosed++;
      connection.socket?.close(1001, '');
    }
  }

  // ---------------------------------------------------------------- from the schedulers

  /** Null for a connection that is gone, or that another thread serves by now. */
  #of(id: number, thread: number): Connection | null {
    const connection = this.#connections.get(id);
    return connection === undefined || connection.thread !== thread ? null : connection;
  }

  accept(thread: number, id: number, accepted: Accepted): void {
    const connection = this.#of(id, thread);
    if (connection === null) return;
    const { handshake } = connection;
    if (connection.accepted !== null && connection.accepted.id !== accepted.id) this.#forgetId(connection);
    connection.accepted = accepted;
    connection.serializer = this.#serializers.named(accepted.serializer);
    connection.handshake = null;
    if (handshake !== null) {
      const socket = handshake.accept(undefined);
      if (socket === undefined) {
        this.gone(connection);
        return;
      }
      connection.socket = socket;
      this.#counters.connectsAccepted++;
    }
    this.#rememberId(connection);
  }

  refuse(thread: number, id: number, refusal: Refusal): void {
    const connection = this.#of(id, thread);
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
    const connection = this.#of(id, thread);
    if (connection === null) return;
    const known = connection.topics.get(topic);
    const row = this.#rows.row(topic, connection.serializer, intercepts);
    if (known?.row === row) {
      connection.topics.set(topic, { joinRef, row });
      return;
    }
    if (known !== undefined) this.#leaveTopic(connection, topic);
    const ready = this.#hub.connectionJoins(topic);
    if (ready !== null) connection.hold(ready, () => this.#released(connection));
    connection.topics.set(topic, { joinRef, row });
    this.#rows.add(row, connection);
    this.webhooks?.joined(topic, { id, socketId: connection.accepted?.id });
  }

  joinKept(thread: number, id: number, topic: string, joinRef: string, { ref, reply, cursor }: KeptJoin): void {
    const connection = this.#of(id, thread);
    if (connection === null) return;
    const joined = this.#logs?.join(topic, cursorOf(cursor)) ?? null;
    this.join(thread, id, topic, joinRef, []);
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

  leave(thread: number, id: number, topic: string): void {
    const connection = this.#of(id, thread);
    if (connection !== null) this.#leaveTopic(connection, topic);
  }

  #leaveTopic(connection: Connection, topic: string): void {
    const joined = connection.topics.get(topic);
    if (joined === undefined) return;
    connection.topics.delete(topic);
    this.#rows.remove(joined.row, connection);
    this.webhooks?.left(topic, { id: connection.id, socketId: connection.accepted?.id });
    this.#hub.connectionLeaves(topic);
  }

  close(thread: number, id: number, code: number, reason: string): void {
    this.#of(id, thread)?.socket?.close(code, reason);
  }

  publishFrom(port: SchedulerPort, topic: string, content: Content, scope: Scope, except: number | undefined): void {
    this.#hub.publish(topic, content, scope, port, except);
  }

  responded(id: number, response: ForwardedResponse): void {
    this.#http.responded(id, response);
  }

  // ---------------------------------------------------------------- from the hub

  publish(topic: string, content: Event, except: number | undefined, position?: number): void {
    if (content.event === 'disconnect') {
      for (const connection of this.#byId.get(topic) ?? []) connection.socket?.close(1001, '');
    }
    this.#counters.delivered += this.#rows.publish(
      topic,
      content,
      except === undefined ? undefined : this.#connections.get(except),
      position,
    );
  }

  #rememberId(connection: Connection): void {
    const id = connection.accepted?.id;
    if (id === undefined || this.#byId.get(id)?.has(connection) === true) return;
    const sharing = this.#byId.get(id);
    if (sharing === undefined) this.#byId.set(id, new Set([connection]));
    else sharing.add(connection);
    this.#hub.connectionJoins(id);
  }

  #forgetId(connection: Connection): void {
    const id = connection.accepted?.id;
    const sharing = id === undefined ? undefined : this.#byId.get(id);
    if (id === undefined || sharing?.delete(connection) !== true) return;
    if (sharing.size === 0) this.#byId.delete(id);
    this.#hub.connectionLeaves(id);
  }

  // ---------------------------------------------------------------- the end

  /**
   * Says that it is not ready, stops listening, and closes all connections, in batches, with a code after which stock clients
   * come back, to another node. Resolves when their channels have ended, at the latest at the drainer's deadline.
   */
  async drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    const { drainer } = this.#endpoint;
    if (drainer.readinessMs > 0) await new Promise((resolve) => setTimeout(resolve, drainer.readinessMs));
    this.#adapter.stopListening();
    const connections = Array.from(this.#connections.values(), (connection) => ({
      close: () => connection.socket?.close(1012, 'service restart'),
    }));
    const began = performance.now();
    await drain(connections, drainer);
    const settled = Promise.all(Array.from(this.#schedulers.all(), (port) => port.settled()));
    await within(settled, began + drainer.deadlineMs - performance.now());
  }

  async end(): Promise<void> {
    for (const timer of this.#idleTimers) clearInterval(timer);
    this.#conflation?.stop();
    this.#logs?.stop();
    this.#sse.stop();
    await this.#adapter.close();
  }
}

/** Never the same, in any run of any node. */
function newEpoch(): string {
  return randomBytes(9).toString('base64url');
}

const NOTHING: HandshakeEvents = {
  aborted: () => {},
  events: { message: () => {}, closed: () => {}, pressure: () => {}, slow: () => {}, tooLong: () => {} },
};
