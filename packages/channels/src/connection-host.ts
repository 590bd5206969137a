import { DynamicSupervisor, type ExitReason, type Pid, type Ref } from '@rekindle/kernel';
import {
  type ChildSpec,
  childSpec,
  condemn,
  deliver,
  type Launchable,
  launch,
  makeBehaviour,
  PROC,
  type Proc,
  type ProcessId,
  ServerBehaviour,
  Start,
  type SupervisorServer,
  type Watcher,
} from '@rekindle/kernel/internal';
import type { Admission } from './admission.js';
import { optionsOf } from './channel-options.js';
import { type ChannelRuntime, runtime } from './channel-runtime.js';
import type { SocketStart } from './client-session.js';
import type { OpenRequest, ReviveRequest } from './link.js';
import type { PresenceSupervisor } from './presence/presence.js';
import type { RateLimit } from './rate-limit.js';
import type { ChannelConstructor, SocketClass } from './socket.js';
import { BatchEnd, GONE, SocketServer } from './socket-server.js';
import type { Serializers } from './wire/index.js';

/** A socket of the endpoint: who may connect at its path, and its limits. */
export interface SocketEntry {
  readonly Class: SocketClass;
  readonly maxChannels: number;
  /** Null: as often as the client likes. */
  readonly joins: RateLimit | null;
  readonly events: RateLimit | null;
  readonly admission: Admission;
  readonly serializers: Serializers;
  /** A client with more than this unread is slow: its channels' `onSlow` is called. */
  readonly slowBytes: number;
}

/** The class of all socket processes, for the kernel. */
class SocketProcess {
  static [makeBehaviour](): ServerBehaviour {
    return new ServerBehaviour('Socket', SocketProcess, (proc) => new SocketServer(proc), true, true);
  }
}

/** The supervisors of a thread's sockets and channels tell its host who they are when they start. */
export class SocketSupervisor extends DynamicSupervisor {
  override init() {
    const proc = this[PROC];
    runtime(proc.kernel).host.sockets = proc;
    return {};
  }
}

export class ChannelSupervisor extends DynamicSupervisor {
  override init() {
    const proc = this[PROC];
    runtime(proc.kernel).host.channels = proc;
    return {};
  }
}

/** Tells the host of a socket process's end. */
class ConnectionEnd implements Watcher {
  readonly #host: ConnectionHost;
  readonly #connection: number;

  constructor(host: ConnectionHost, connection: number) {
    this.#host = host;
    this.#connection = connection;
  }

  fire(_pid: Pid, reason: ExitReason): void {
    this.#host.socketEnded(this.#connection, reason);
  }
}

const socketSpec = childSpec({ start: SocketProcess, id: 'socket', restart: 'temporary', shutdown: 5000 }, 'never');

/** The connections that one thread serves: from the gateway's calls to socket processes. */
export class ConnectionHost {
  readonly #runtime: ChannelRuntime;
  readonly #entries: ReadonlyMap<string, SocketEntry>;
  readonly #connections = new Map<number, Proc>();
  readonly #channelSpecs = new Map<ChannelConstructor, ChildSpec>();
  #channelCount = 0;
  /** Called when there is no connection and no channel left. */
  #settled: (() => void)[] = [];
  sockets: Proc | null = null;
  channels: Proc | null = null;
  presences: Ref<PresenceSupervisor> | null = null;

  constructor(runtime: ChannelRuntime, entries: ReadonlyMap<string, SocketEntry>) {
    this.#runtime = runtime;
    this.#entries = entries;
  }

  get size(): number {
    return this.#connections.size;
  }

  open(open: OpenRequest): void {
    this.#start(open, undefined);
  }

  /** Takes over a connection whose thread has died: the client will join its topics again. */
  revive({ open, accepted }: ReviveRequest): void {
    this.#start(open, accepted);
  }

  #start(open: OpenRequest, accepted: SocketStart['accepted']): void {
    const entry = this.#entries.get(open.path);
    const { sockets } = this;
    if (entry === undefined || sockets === null) {
      this.#runtime.link.refuse(open.connection, { status: entry === undefined ? 404 : 503 });
      return;
    }
    const start: SocketStart = { runtime: this.#runtime, entry, open, accepted };
    const proc = launch(this.#runtime.kernel, SocketProcess as unknown as Launchable, new Start(start, undefined, null), sockets, true);
    (sockets.instance as SupervisorServer).adopt(proc.pid, socketSpec);
    this.#connections.set(open.connection, proc);
    proc.watchers = new ConnectionEnd(this, open.connection);
  }

  /** A socket process has ended. Unless it ended well, so does the connection. */
  socketEnded(connection: number, reason: ExitReason): void {
    this.#connections.delete(connection);
    this.#checkSettled();
    if (reason !== 'normal') this.#runtime.link.close(connection, 1011, '');
  }

  /** A frame from a client: text, or bytes that nobody else writes to. */
  frame(connection: number, frame: string | Uint8Array): void {
    const proc = this.#connections.get(connection);
    if (proc !== undefined) deliver(proc, frame);
  }

  /** The end of a batch of frames: acknowledged when its turn comes. */
  batchEnd(connection: number, batch: number): void {
    const proc = this.#connections.get(connection);
    if (proc !== undefined) deliver(proc, new BatchEnd(batch));
  }

  /** So many bytes wait to be sent to the client. */
  pressure(connection: number, bufferedBytes: number): void {
    const instance = this.#connections.get(connection)?.instance;
    if (instance instanceof SocketServer) instance.pressure(bufferedBytes);
  }

  /**
   * The connection is gone. What its client said before is still handled, as by Phoenix: a last message is not lost. Then its channels
   * stop. One that has not been let in yet ends at once.
   */
  closed(connection: number): void {
    const proc = this.#connections.get(connection);
    if (proc === undefined) return;
    if (proc.instance instanceof SocketServer && proc.instance.isOpen) deliver(proc, GONE);
    else condemn(proc, { shutdown: 'closed' });
  }

  /** Resolves when all connections are gone and their channels have ended, `terminate` included. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#checkSettled();
    });
  }

  #checkSettled(): void {
    if (this.#settled.length === 0 || this.#channelCount > 0 || this.#connections.size > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** A channel process has ended. */
  channelEnded(): void {
    this.#channelCount--;
    this.#checkSettled();
  }

  /** Sends an event to the clients of a topic that this thread serves, and to no others. */
  toClients(topic: string, event: string, payload: string): void {
    for (const { instance } of this.#connections.values()) {
      if (instance instanceof SocketServer) instance.toClient(topic, event, payload);
    }
  }

  /** The process of a topic that the connection has joined. */
  channelOf(connection: number, topic: string): Pid | undefined {
    const instance = this.#connections.get(connection)?.instance;
    return instance instanceof SocketServer ? instance.channelAt(topic) : undefined;
  }

  adoptChannel(Class: ChannelConstructor, pid: ProcessId): void {
    this.#channelCount++;
    let spec = this.#channelSpecs.get(Class);
    if (spec === undefined) {
      spec = childSpec({ start: Class, id: Class.name, restart: 'temporary', shutdown: optionsOf(Class).shutdown }, 'never');
      this.#channelSpecs.set(Class, spec);
    }
    ((this.channels as Proc).instance as SupervisorServer).adopt(pid, spec);
  }
}
