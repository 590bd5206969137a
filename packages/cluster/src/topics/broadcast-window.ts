import type { ClusterTransport } from '../transport/transport.js';

/** What NATS may not have read yet: as much is given to the connection, the rest waits here. */
export const BROADCAST_WINDOW_BYTES: number = 8 * 2 ** 20;
/** So much waits; beyond it the oldest is dropped. */
export const BROADCAST_WAITING_BYTES: number = 8 * 2 ** 20;
/** NATS is asked how far it has read once it may be so far behind: those who publish little never ask. */
const ASK_BYTES = BROADCAST_WINDOW_BYTES / 8;

interface Broadcast {
  readonly subject: string;
  /** Those of a large message come in parts, of which none is any good alone. */
  readonly frames: readonly Uint8Array[];
  readonly bytes: number;
}

/**
 * Broadcasts on their way to NATS. When that reads more slowly than is published (it stands still, or waits for somebody else who
 * does not read), the client would keep everything in memory, without a bound and in front of all other signals. So at most a
 * window of it is given to the connection between two answers of NATS's; what comes then waits in order, and the oldest of that
 * is dropped when it is too much.
 */
export class BroadcastWindow {
  readonly #transport: ClusterTransport;
  /** Grows with each connection: answers of earlier ones say nothing about what is given to this one. */
  #connection = 0;
  #unreadBytes = 0;
  #asking = false;
  #waiting: Broadcast[] = [];
  /** Those before it are gone. */
  #head = 0;
  #waitingBytes = 0;
  /** Broadcasts that were given to the connection. */
  sent = 0;
  /** Those that were dropped because too much was waiting. */
  dropped = 0;
  readonly #empty: (() => void)[] = [];

  constructor(transport: ClusterTransport) {
    this.#transport = transport;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  send(subject: string, frames: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const frame of frames) bytes += subject.length + frame.length;
    if (this.#waitingBytes === 0 && this.#fits(bytes)) this.#give(subject, frames, bytes);
    else this.#keep({ subject, frames, bytes });
    if (!this.#asking && (this.#unreadBytes >= ASK_BYTES || this.#waitingBytes > 0)) this.#ask();
  }

  /** Resolves when nothing waits any more: all is given to the connection, or dropped. */
  async emptied(): Promise<void> {
    if (this.#waitingBytes > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }

  /** Nothing of what waits will go out. Returns how many broadcasts that were. */
  disconnected(): number {
    const lost = this.#waiting.length - this.#head;
    this.#connection++;
    this.#unreadBytes = 0;
    this.#asking = false;
    this.#waiting = [];
    this.#head = 0;
    this.#waitingBytes = 0;
    this.#tellEmpty();
    return lost;
  }

  #fits(bytes: number): boolean {
    return this.#unreadBytes === 0 || this.#unreadBytes + bytes <= BROADCAST_WINDOW_BYTES;
  }

  #give(subject: string, frames: readonly Uint8Array[], bytes: number): void {
    this.sent++;
    this.#unreadBytes += bytes;
    for (const frame of frames) this.#transport.publish(subject, frame);
  }

  #keep(broadcast: Broadcast): void {
    this.#waiting.push(broadcast);
    this.#waitingBytes += broadcast.bytes;
    // A message that is larger than all the room is kept alone.
    while (this.#waitingBytes > BROADCAST_WAITING_BYTES && this.#head < this.#waiting.length - 1) {
      this.#shift();
      this.dropped++;
    }
  }

  #shift(): Broadcast {
    const broadcast = this.#waiting[this.#head++] as Broadcast;
    this.#waitingBytes -= broadcast.bytes;
    if (this.#head === this.#waiting.length || this.#head >= 1024) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return broadcast;
  }

  #ask(): void {
    this.#asking = true;
    const connection = this.#connection;
    const asked = this.#unreadBytes;
    void this.#transport.flush().then(() => {
      if (connection === this.#connection) this.#answered(asked);
    });
  }

  /** NATS has read so much of what it had not read before. */
  #answered(bytes: number): void {
    this.#asking = false;
    this.#unreadBytes -= bytes;
    while (this.#waitingBytes > 0 && this.#fits((this.#waiting[this.#head] as Broadcast).bytes)) {
      const { subject, frames, bytes } = this.#shift();
      this.#give(subject, frames, bytes);
    }
    if (this.#waitingBytes === 0) this.#tellEmpty();
    if (this.#unreadBytes >= ASK_BYTES || this.#waitingBytes > 0) this.#ask();
  }

  #tellEmpty(): void {
    for (const resolve of this.#empty.splice(0)) resolve();
  }
}
