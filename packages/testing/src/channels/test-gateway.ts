import type { SocketClass } from '@rekindle/channels';
import {
  type Accepted,
  type ChannelRuntime,
  ChannelSupervisor,
  ConnectionHost,
  type GatewayLink,
  installRuntime,
  type KeptJoin,
  type OpenRequest,
  PresenceSupervisor,
  type Refusal,
  type SocketCounter,
  type SocketEntry,
  SocketSupervisor,
} from '@rekindle/channels/internal';
import { type Frame, Serializers } from '@rekindle/channels/wire';
import { Supervisor, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { Codec } from '@rekindle/kernel/internal';
import { type Content, PubSub, type Scope } from '@rekindle/pubsub';
import { payloadOf, type Uplink } from '@rekindle/pubsub/internal';
import { Bell } from '../bell.js';
import { type TestWorld, world } from '../world.js';
import { readFrame, type ServerMessage } from './frames.js';

/** What the gateway tells a connection of the test. */
export interface GatewayClient {
  accepted(accepted: Accepted): void;
  refused(refusal: Refusal): void;
  message(message: ServerMessage): void;
  closed(code: number, reason: string): void;
}

/** A broadcast, as it was published: whoever intercepts it, and whoever is left out. */
export interface PublishedEvent {
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
}

interface Joined {
  readonly joinRef: string;
  readonly intercepts: ReadonlySet<string>;
}

interface Connection {
  readonly client: GatewayClient;
  readonly topics: Map<string, Joined>;
  id: string | undefined;
}

const done = Promise.resolve();
const MAX_CHANNELS = 100;
/** Nothing waits to be read in a test. */
const NEVER_SLOW = Number.POSITIVE_INFINITY;

/** The supervisors of a thread's channels, as every scheduler has them. */
class Connections extends Supervisor {
  override init(): SupervisorSpec {
    return supervise({ strategy: 'oneForAll', children: [PresenceSupervisor, ChannelSupervisor, SocketSupervisor] });
  }
}

/**
 * The gateway of a test: what stands between channels and connections on a node, without sockets and without a port. The
 * channels above it are the real ones, supervised as on a node, and speak the real protocol.
 */
export class TestGateway implements GatewayLink, Uplink {
  readonly keepsAssigns = false;
  readonly #pubsub: PubSub;
  readonly #host: ConnectionHost;
  readonly #entries = new Map<string, SocketEntry>();
  readonly #connections = new Map<number, Connection>();
  readonly published: PublishedEvent[] = [];
  /** Rings with each broadcast. */
  readonly bell: Bell = new Bell();
  #last = 0;

  private constructor({ kernel }: TestWorld) {
    this.#pubsub = new PubSub(kernel);
    this.#pubsub.uplink = this;
    const runtime: ChannelRuntime & { host: ConnectionHost } = {
      kernel,
      pubsub: this.#pubsub,
      link: this,
      codec: new Codec(kernel),
      host: undefined as never, // set in the next line: each needs the other
    };
    this.#host = runtime.host = new ConnectionHost(runtime, this.#entries);
    installRuntime(runtime);
  }

  /** The gateway of this test, made on first use. */
  static async of(test: TestWorld = world()): Promise<TestGateway> {
    if (test.gateway === null) {
      test.gateway = new TestGateway(test);
      await Supervisor.startChild(await test.supervisor(), { start: Connections, id: 'connections' });
    }
    return test.gateway;
  }

  /** Opens a connection: the socket process begins with `connect`. */
  open(
    Class: SocketClass,
    client: GatewayClient,
    request: Omit<OpenRequest, 'connection' | 'path'>,
    refusedWith: (payload: unknown) => void,
  ): number {
    const connection = ++this.#last;
    const path = `/test/${connection}`;
    this.#entries.set(path, {
      Class,
      maxChannels: MAX_CHANNELS,
      joins: null,
      events: null,
      admission: {
        checkOrigin: null,
        errorHandler: (payload) => {
          refusedWith(payload);
          return { status: 403 };
        },
      },
      serializers: new Serializers([]),
      slowBytes: NEVER_SLOW,
    });
    this.#connections.set(connection, { client, topics: new Map(), id: undefined });
    this.#host.open({ ...request, connection, path });
    return connection;
  }

  frame(connection: number, frame: string | Uint8Array): void {
    this.#host.frame(connection, frame);
  }

  channelOf(connection: number, topic: string) {
    return this.#host.channelOf(connection, topic);
  }

  /** The client is gone, without a word: its channels stop. */
  cut(connection: number): void {
    this.#entries.delete(`/test/${connection}`);
    this.#connections.delete(connection);
    this.#host.closed(connection);
  }

  /** As a client's broadcast to the others of its topic. */
  broadcastEvent(topic: string, event: string, payload: string, except: number | undefined): void {
    this.#pubsub.publish(topic, { kind: 'event', event, payload }, 'cluster', undefined, except);
  }

  // ---------------------------------------------------------------- from the channels

  accept(connection: number, accepted: Accepted): void {
    const open = this.#connections.get(connection);
    if (open === undefined) return;
    open.id = accepted.id;
    open.client.accepted(accepted);
  }

  refuse(connection: number, refusal: Refusal): void {
    const open = this.#connections.get(connection);
    this.#connections.delete(connection);
    open?.client.refused(refusal);
  }

  send(connection: number, frame: Frame): void {
    this.#connections.get(connection)?.client.message(readFrame(frame));
  }

  join(connection: number, topic: string, joinRef: string, intercepts: readonly string[]): void {
    this.#connections.get(connection)?.topics.set(topic, { joinRef, intercepts: new Set(intercepts) });
  }

  /** Tests keep no topics: whoever joins has missed nothing. */
  joinKept(connection: number, topic: string, joinRef: string, { ref, reply }: KeptJoin): void {
    this.join(connection, topic, joinRef, []);
    const payload = { status: 'ok', response: JSON.parse(reply) as unknown };
    this.#connections.get(connection)?.client.message({ joinRef, ref: JSON.parse(ref) as string, topic, event: 'phx_reply', payload });
  }

  leave(connection: number, topic: string): void {
    this.#connections.get(connection)?.topics.delete(topic);
  }

  close(connection: number, code: number, reason: string): void {
    const open = this.#connections.get(connection);
    if (open === undefined) return;
    this.cut(connection);
    open.client.closed(code, reason);
  }

  publish(topic: string, content: Content, _scope: Scope, except: number | undefined): void {
    if (content.kind !== 'event') return;
    const payload = payloadOf(content);
    this.published.push({ topic, event: content.event, payload });
    this.bell.ring();
    for (const [number, { id, topics, client }] of [...this.#connections]) {
      if (content.event === 'disconnect' && id === topic) this.close(number, 1001, '');
      const joined = topics.get(topic);
      if (joined === undefined || number === except || joined.intercepts.has(content.event)) continue;
      client.message({ joinRef: null, ref: null, topic, event: content.event, payload });
    }
  }

  // A test has neither other threads nor other nodes, and counts nothing.
  acknowledge(_connection: number, _batch: number): void {}
  count(_counter: SocketCounter): void {}
  interested(_topic: string): Promise<void> {
    return done;
  }
  notInterested(_topic: string): void {}
}
