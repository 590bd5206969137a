import { type Accepted, type ConnectionOrigin, type OpenRequest, originOf, SmallMap } from '@rekindle/channels/internal';
import { type Frame, type Serializer, v2 } from '@rekindle/channels/wire';
import type { AdapterSocket, Handshake, HandshakeEvents, SocketEvents } from '../adapters/adapter.js';
import type { SocketSpec } from '../endpoint-spec.js';
import type { Row } from './rows.js';

/** A topic that a connection has joined, as the gateway knows it. */
export interface JoinedTopic {
  /** JSON text, for the `phx_error` that the gateway sends when the thread dies. */
  readonly joinRef: string;
  readonly row: Row;
}

/** What becomes of a connection, for the gateway. */
export interface ConnectionOwner {
  /** The bytes of a frame, during the call only. */
  received(connection: Connection, bytes: Buffer, isText: boolean): void;
  gone(connection: Connection): void;
  pressed(connection: Connection, bufferedBytes: number): void;
  tooSlow(connection: Connection): void;
  saidTooMuch(connection: Connection): void;
}
/** A replacement takes tens of milliseconds to start; clients say little before they have joined again. */
const MAX_KEPT_BYTES = 65_536;

/** Frames that are not known yet. */
class Later {
  frames: readonly Frame[] = [];
}

/** One client's connection. It outlives the thread that serves it. */
export class Connection implements HandshakeEvents, SocketEvents {
  readonly id: number;
  origin: ConnectionOrigin;
  /** For another thread, if its own can die. */
  open: OpenRequest | null;
  readonly spec: SocketSpec;
  readonly #owner: ConnectionOwner;
  /** The scheduler that serves it. */
  thread: number;
  handshake: Handshake | null;
  socket: AdapterSocket | null = null;
  accepted: Accepted | null = null;
  serializer: Serializer = v2;
  readonly topics = new SmallMap<JoinedTopic>();
  /** Topics whose joins wait for their logs; null: none. */
  joining: Map<string, { readonly joinRef: string }> | null = null;
  ended = false;
  /** When the client was last heard of, in ticks of the idle check. */
  heardOf = 0;
  /** What the client has sent while no thread served it. */
  #kept: Frame[] | null = null;
  #keptBytes = 0;
  /** Frames that wait for a subscription to be confirmed. */
  #held: (Frame | Later)[] | null = null;
  #holds = 0;
  #settling: (() => void)[] | null = null;

  constructor(owner: ConnectionOwner, open: OpenRequest, spec: SocketSpec, thread: number, handshake: Handshake) {
    this.#owner = owner;
    this.id = open.connection;
    this.origin = open;
    this.open = open;
    this.spec = spec;
    this.thread = thread;
    this.handshake = handshake;
  }

  /** The connection stays with its thread: the request, which is large, is not needed again. */
  forgetRequest(): void {
    this.origin = originOf(this.origin);
    this.open = null;
  }

  // ---------------------------------------------------------------- from the adapter; the events are its own

  get events(): SocketEvents {
    return this;
  }
  aborted(): void {
    this.#owner.gone(this);
  }
  closed(): void {
    this.#owner.gone(this);
  }
  message(bytes: Buffer, isText: boolean): void {
    this.#owner.received(this, bytes, isText);
  }
  pressure(bufferedBytes: number): void {
    this.#owner.pressed(this, bufferedBytes);
  }
  slow(): void {
    this.#owner.tooSlow(this);
  }
  tooLong(): void {
    this.#owner.saidTooMuch(this);
  }

  // ---------------------------------------------------------------- to the client

  get isHeld(): boolean {
    return this.#held !== null;
  }

  send(frame: Frame): void {
    if (this.#held !== null) this.#held.push(frame);
    else this.socket?.send(frame);
  }

  /** Keeps a frame for the thread that will take over: as much as fits, what is more is lost as on a bad line. */
  keep(frame: Frame): void {
    if (this.#keptBytes + frame.length > MAX_KEPT_BYTES) return;
    this.#keptBytes += frame.length;
    this.#kept ??= [];
    this.#kept.push(frame);
  }

  takeKept(): Frame[] {
    const kept = this.#kept ?? [];
    this.#keptBytes = 0;
    this.#kept = null;
    return kept;
  }

  /** Resolves when nothing is kept back. */
  settled(): Promise<void> {
    if (this.#held === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#settling ??= [];
      this.#settling.push(resolve);
    });
  }

  /** Keeps back what is sent until `until` is settled; then `released` runs, before anything else is sent. */
  hold(until: Promise<void>, released: () => void): void {
    this.#held ??= [];
    this.#holds++;
    const release = (): void => {
      if (--this.#holds > 0) return;
      const held = this.#held ?? [];
      this.#held = null;
      for (const frame of held) {
        if (!(frame instanceof Later)) this.socket?.send(frame);
        else for (const late of frame.frames) this.socket?.send(late);
      }
      released();
      for (const resolve of this.#settling?.splice(0) ?? []) resolve();
    };
    until.then(release, release);
  }

  /** Sends what comes later in the place where it is now; everything after it waits. */
  sendLater(frames: Promise<readonly Frame[]>, released: () => void): void {
    const later = new Later();
    const known = frames.then((come) => {
      later.frames = come;
    });
    this.hold(known, released);
    (this.#held as (Frame | Later)[]).push(later);
  }
}
