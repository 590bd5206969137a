import { type ExitReason, Stop } from '@rekindle/kernel';
import { awaitPromise, type Proc, type Server, type Start, type Wait } from '@rekindle/kernel/internal';
import { FORBIDDEN, originPasses, refusalOf } from './admission.js';
import type { ChannelRuntime } from './channel-runtime.js';
import { connectInfo } from './connect-info.js';
import type { SocketEntry } from './connection-host.js';
import { Expiry } from './expiry.js';
import { type Accepted, type ConnectionOrigin, type GatewayLink, type OpenRequest, originOf, type Refusal } from './link.js';
import { type AnySocket, type ConnectInfo, isErrorReply, setAssigns } from './socket.js';
import { type SocketConnected, socketConnected } from './telemetry.js';
import { decodeQuery, type Frame, type Message, type Serializer } from './wire/index.js';

/** What a socket process is started with. */
export interface SocketStart {
  readonly runtime: ChannelRuntime;
  readonly entry: SocketEntry;
  readonly open: OpenRequest;
  /** Set when the connection was accepted before, by a thread that has died since. */
  readonly accepted: Accepted | undefined;
}

const refused = new Stop('normal', false, undefined);
const expired = new Stop({ shutdown: 'expired' }, false, undefined);

/** `policy violation`, for what holds no longer: stock clients come back, with the params that they are given then. */
const CLOSE_EXPIRED = 1008;

/** The encoded assigns must be small: the gateway keeps them for every connection. */
const MAX_ASSIGNS_BYTES = 2048;

/** Who the client of a connection is: lets it in or refuses it, refreshes what it was let in with, and ends what has expired. */
export abstract class ClientSession implements Server {
  readonly proc: Proc;
  readonly runtime: ChannelRuntime;
  readonly link: GatewayLink;
  readonly connection: number;
  serializer!: Serializer;
  protected readonly entry: SocketEntry;
  /** Until the client has been let in. */
  #start: SocketStart | null;
  protected origin: ConnectionOrigin;
  protected readonly socket: AnySocket;
  #open = false;
  /** The connection is gone: nothing is sent any more. */
  protected isClosed = false;
  #expiry: Expiry | null = null;

  constructor(proc: Proc) {
    const start = (proc.owed as Start).args as SocketStart;
    this.proc = proc;
    this.#start = start;
    this.entry = start.entry;
    this.origin = start.open;
    this.runtime = start.runtime;
    this.link = start.runtime.link;
    this.connection = start.open.connection;
    this.socket = new start.entry.Class();
  }

  get id(): string | undefined {
    return this.socket.id();
  }

  get assigns(): object {
    return this.socket.assigns;
  }

  /** The client has been let in. */
  get isOpen(): boolean {
    return this.#open;
  }

  get transport(): 'websocket' | 'longpoll' | 'sse' {
    return this.origin.transport;
  }

  *init(): Generator<Wait, unknown, unknown> {
    const { open, accepted, entry } = this.#start as SocketStart;
    // The request is large; where a connection can change its thread the gateway has it.
    this.#start = null;
    this.origin = originOf(open);
    const params = decodeQuery(open.query);
    const serializer = open.transport === 'sse' ? entry.serializers.named('sse') : entry.serializers.forVersion(params.vsn);
    if (serializer === null || (serializer.isBinary === true && open.transport === 'longpoll')) return this.#refuse(FORBIDDEN);
    this.serializer = serializer;
    if (accepted?.assigns !== undefined) {
      setAssigns(this.socket, this.runtime.codec.decode(accepted.assigns) as object);
      this.#open = true;
      this.#watchExpiry();
      return undefined;
    }
    if (!URL.canParse(open.uri)) return this.#refuse({ status: 400 }); // a Host that is none
    const began = socketConnected.hasSubscribers ? performance.now() : 0;
    const info = connectInfo(open, serializer.name);
    let assigns: unknown;
    try {
      let passes: unknown = originPasses(entry.admission.checkOrigin, open.origin, open.path, open.uri);
      if (passes instanceof Promise) passes = yield* awaitPromise(this.proc, passes);
      if (passes !== true) {
        this.link.count('originsRefused');
        return this.#refuse(FORBIDDEN);
      }
      assigns = this.socket.connect(params, info);
      if (assigns instanceof Promise) assigns = yield* awaitPromise(this.proc, assigns);
      if (isErrorReply(assigns)) {
        this.link.count('connectsRefused');
        this.#connected(began, info, params, 'error');
        return this.#refuse(refusalOf(entry.admission.errorHandler, assigns.payload));
      }
    } catch (error) {
      this.#refuse({ status: 500 });
      throw error;
    }
    setAssigns(this.socket, (assigns ?? {}) as object);
    this.#connected(began, info, params, 'ok');
    this.#open = true;
    this.#accept();
    return undefined;
  }

  /** Tells the gateway what to keep of the connection. */
  #accept(): void {
    this.link.accept(this.connection, { serializer: this.serializer.name, id: this.socket.id(), assigns: this.#encodeAssigns() });
    this.#watchExpiry();
  }

  #watchExpiry(): void {
    const at = this.socket.expiresAt?.();
    if (at === undefined && this.#expiry === null) return;
    this.#expiry ??= new Expiry(this.proc);
    this.#expiry.set(at);
  }

  /** The client shows something newer than what it was let in with. */
  protected *refresh(message: Message): Generator<Wait, undefined, unknown> {
    const params = typeof message.payload === 'object' && message.payload !== null ? message.payload : {};
    let assigns = this.socket.refresh?.(params as { readonly [key: string]: unknown });
    if (assigns instanceof Promise) assigns = yield* awaitPromise(this.proc, assigns);
    if (isErrorReply(assigns)) {
      this.reply('null', message, 'error', JSON.stringify(assigns.payload));
      return undefined;
    }
    setAssigns(this.socket, (assigns ?? {}) as object);
    this.#accept();
    this.reply('null', message, 'ok', '{}');
    return undefined;
  }

  protected expired(): unknown {
    const assigns = this.socket.expired?.();
    if (assigns === undefined) {
      this.link.close(this.connection, CLOSE_EXPIRED, 'expired');
      this.closed();
      return expired;
    }
    setAssigns(this.socket, assigns);
    this.#accept();
    return undefined;
  }

  #refuse(refusal: Refusal): Stop<unknown> {
    this.isClosed = true;
    this.link.refuse(this.connection, refusal);
    return refused;
  }

  #connected(began: number, info: ConnectInfo, params: { readonly [key: string]: unknown }, result: 'ok' | 'error'): void {
    if (began === 0) return;
    socketConnected.publish({
      duration: performance.now() - began,
      params,
      connectInfo: info,
      vsn: typeof params.vsn === 'string' ? params.vsn : '1.0.0',
      userSocket: this.entry.Class.name,
      transport: info.transport,
      serializer: info.serializer,
      result,
    } satisfies SocketConnected);
  }

  #encodeAssigns(): Uint8Array | undefined {
    if (!this.link.keepsAssigns) return undefined;
    try {
      const bytes = this.runtime.codec.encode(this.socket.assigns);
      return bytes.length <= MAX_ASSIGNS_BYTES ? Uint8Array.from(bytes) : undefined;
    } catch {
      return undefined;
    }
  }

  send(frame: Frame): void {
    if (!this.isClosed) this.link.send(this.connection, frame);
  }

  protected reply(joinRef: string, { ref, topic }: Message, status: string, payload: string): void {
    this.send(this.serializer.reply(joinRef, JSON.stringify(ref), JSON.stringify(topic), status, payload));
  }

  /** The connection is gone. */
  abstract closed(): void;
  abstract handleInfo(frame: unknown): unknown;
  abstract terminate(reason: ExitReason): unknown;

  handleCall(): undefined {
    return undefined;
  }
  handleCast(): undefined {
    return undefined;
  }
  handleContinue(): undefined {
    return undefined;
  }
}
