import type { Match, RoutesOf, SocketClass, Topics, Typed } from '@rekindle/channels';
import type { OpenRequest, Refusal } from '@rekindle/channels/internal';
import { ASSERT_MS, TestAssertionError } from '../assert-receive.js';
import { Bell } from '../bell.js';
import { show } from '../situation.js';
import { queryOf, type ServerMessage } from './frames.js';
import { TestChannel } from './test-channel.js';
import { type GatewayClient, TestGateway } from './test-gateway.js';

/** `connect` has refused the client, or thrown. */
export class ConnectRefused extends Error {
  override readonly name = 'ConnectRefused';
  /** What `connect` gave to `error(...)`. */
  readonly payload: unknown;
  /** The status of the handshake: 403 for a refusal, 500 when `connect` threw. */
  readonly status: number;
  constructor(payload: unknown, status: number) {
    super(`connect refused the client with status ${status}: ${show(payload)}`);
    this.payload = payload;
    this.status = status;
  }
}

/** `join` has refused the client, has thrown, or there is no such topic. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused';
  /** What the client was told: what `join` gave to `error(...)`. */
  readonly payload: unknown;
  constructor(topic: string, payload: unknown) {
    super(`join of '${topic}' was refused: ${show(payload)}`);
    this.payload = payload;
  }
}

/** What `connect` may see of the client beside its parameters. */
export interface TestConnectOptions {
  readonly authToken?: string;
  /** Names in lower case. */
  readonly headers?: { readonly [name: string]: string };
  readonly peer?: string;
  readonly peerPort?: number;
  /** In DER. */
  readonly peerCertificate?: Uint8Array;
  readonly uri?: string;
  /** Default `'websocket'`. */
  readonly transport?: OpenRequest['transport'];
}

type ContractAt<Map, T extends string> = Extract<Match<Map, T>, Typed>;

/** A connected client of a test. */
export class TestSocket<Map = unknown> implements GatewayClient {
  declare protected readonly routes?: Map;
  /** Why the server has closed the connection; undefined while it is open. */
  closeCode: number | undefined;
  /** The topic whose `disconnect` closes it. */
  id: string | undefined;
  readonly #gateway: TestGateway;
  #connection = 0;
  #refs = 0;
  readonly #channels: TestChannel[] = [];
  readonly #joining = new globalThis.Map<string, { readonly status: string; readonly response: unknown } | null>();
  readonly #bell = new Bell();
  #refusal: { status: number; payload: unknown } | undefined;
  #open = false;

  /** @internal */
  constructor(gateway: TestGateway) {
    this.#gateway = gateway;
  }

  /** @internal */
  async open(Class: SocketClass, params: { readonly [key: string]: unknown }, options: TestConnectOptions): Promise<void> {
    const {
      authToken,
      headers = {},
      peer = '127.0.0.1',
      peerPort,
      peerCertificate,
      uri = 'http://localhost/socket',
      transport = 'websocket',
    } = options;
    let payload: unknown;
    const query = queryOf({ ...params, vsn: '2.0.0' });
    const certificate = peerCertificate === undefined ? undefined : Buffer.from(peerCertificate).toString('base64');
    const request = { transport, query, peer, peerPort, certificate, uri, headers, origin: undefined, authToken };
    this.#connection = this.#gateway.open(Class, this, request, (given) => {
      payload = given;
    });
    await this.#bell.until(() => (this.#open || this.#refusal !== undefined ? true : undefined), ASSERT_MS);
    if (this.#refusal !== undefined) throw new ConnectRefused(payload, this.#refusal.status);
    if (!this.#open) throw new TestAssertionError(`expected connect of ${Class.name} to answer within ${ASSERT_MS} ms, it did not`);
  }

  /** Joins a topic. Rejects with `JoinRefused`. Phoenix: `subscribe_and_join/3`. */
  async subscribeAndJoin<T extends Topics<Map>>(
    topic: T,
    ...[params]: {} extends ContractAt<Map, T>['join']['sent']
      ? [params?: ContractAt<Map, T>['join']['sent']]
      : [params: ContractAt<Map, T>['join']['sent']]
  ): Promise<{ channel: TestChannel<ContractAt<Map, T>>; reply: ContractAt<Map, T>['join']['reply'] }> {
    const { channel, reply } = await this.joinAny(topic, params ?? {});
    return { channel: channel as TestChannel<ContractAt<Map, T>>, reply: reply as ContractAt<Map, T>['join']['reply'] };
  }

  /** As `subscribeAndJoin`, with any topic and parameters. */
  async joinAny(topic: string, params: unknown): Promise<{ channel: TestChannel; reply: unknown }> {
    const joinRef = this.#nextRef();
    this.#joining.set(joinRef, null);
    const channel = new TestChannel<Typed>(this.#gateway, this.#connection, topic, joinRef, () => this.#nextRef());
    // There before the answer: what `join` pushes comes with it.
    this.#channels.push(channel);
    this.#gateway.frame(this.#connection, JSON.stringify([joinRef, joinRef, topic, 'phx_join', params]));
    const answer = await this.#bell.until(() => this.#joining.get(joinRef) ?? (this.closeCode === undefined ? undefined : null), ASSERT_MS);
    this.#joining.delete(joinRef);
    if (answer === undefined || answer === null) {
      throw new TestAssertionError(`expected the join of '${topic}' to be answered within ${ASSERT_MS} ms, it was not`);
    }
    if (answer.status === 'ok') return { channel, reply: answer.response };
    this.#channels.splice(this.#channels.indexOf(channel), 1);
    throw new JoinRefused(topic, answer.response);
  }

  /** The connection breaks off, as with a lost network: nothing is said, the channels stop. Phoenix: `close/1`. */
  cut(): void {
    if (this.closeCode !== undefined) return;
    this.#gateway.cut(this.#connection);
    this.closed(1006);
  }

  /** Resolves when the server has closed the connection, with its code. */
  async closedByServer(timeoutMs: number = ASSERT_MS): Promise<number> {
    const code = await this.#bell.until(() => this.closeCode, timeoutMs);
    if (code === undefined) throw new TestAssertionError(`expected the connection to be closed within ${timeoutMs} ms, it is open`);
    return code;
  }

  #nextRef(): string {
    return String(++this.#refs);
  }

  // ---------------------------------------------------------------- from the gateway

  /** @internal */
  accepted({ id }: { readonly id: string | undefined }): void {
    this.id = id;
    this.#open = true;
    this.#bell.ring();
  }

  /** @internal */
  refused({ status }: Refusal): void {
    this.#refusal = { status, payload: undefined };
    this.#bell.ring();
  }

  /** @internal */
  message(message: ServerMessage): void {
    const { topic, joinRef, ref, event, payload } = message;
    if (event === 'phx_reply' && ref !== null && this.#joining.has(ref)) {
      this.#joining.set(ref, payload as { status: string; response: unknown });
      this.#bell.ring();
      return;
    }
    for (const channel of this.#channels) {
      if (channel.topic === topic && channel.state === 'joined' && (joinRef === null || joinRef === channel.joinRef))
        channel.heard(message);
    }
  }

  /** @internal */
  closed(code: number): void {
    this.closeCode = code;
    for (const channel of this.#channels) channel.ended('closed');
    this.#bell.ring();
  }
}

/**
 * Connects a client, as a real one would, without a port: `connect` of the class runs, with the parameters as text. Rejects
 * with `ConnectRefused`. Phoenix: `connect/3`.
 */
export async function connect<S extends SocketClass>(
  Class: S,
  params: { readonly [key: string]: unknown } = {},
  options: TestConnectOptions = {},
): Promise<TestSocket<RoutesOf<S>>> {
  const socket = new TestSocket<RoutesOf<S>>(await TestGateway.of());
  await socket.open(Class, params, options);
  return socket;
}

/** `socket.subscribeAndJoin(topic, params)`. Phoenix: `subscribe_and_join/3`. */
export function subscribeAndJoin<Map, T extends Topics<Map>>(
  socket: TestSocket<Map>,
  topic: T,
  ...[params]: {} extends ContractAt<Map, T>['join']['sent']
    ? [params?: ContractAt<Map, T>['join']['sent']]
    : [params: ContractAt<Map, T>['join']['sent']]
): Promise<{ channel: TestChannel<ContractAt<Map, T>>; reply: ContractAt<Map, T>['join']['reply'] }> {
  return socket.joinAny(topic, params ?? {}) as Promise<{
    channel: TestChannel<ContractAt<Map, T>>;
    reply: ContractAt<Map, T>['join']['reply'];
  }>;
}
