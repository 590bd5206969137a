import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { current, type Hold, hold } from '@rekindle/kernel/internal';
import { Bell } from './bell.js';
import type { FlatWriter } from './flat-messages.js';
import { FrameReassembly, type FrameVisitor, FrameWriter } from './frames.js';
import { RingReader, RingWriter, ringMemory } from './ring.js';

/** Takes the frames of one kind. The payload is valid during the call only. */
export type FrameHandler = (kind: number, payload: Buffer) => void;

/** A process that leaves more than this unsent on a lane gets no further message ... */
export const HOLD_BYTES: number = 8 * 2 ** 20;
/** ... until no more than this is left. */
export const RELEASE_BYTES: number = 4 * 2 ** 20;
/** With more than this unsent the thread at the other end counts as stuck, unless it is seen reading. */
export const STUCK_BYTES: number = 64 * 2 ** 20;
/** How long it may leave such a lane unread. Counted in the sender's own looks at it, each worth at most `LOOK_MS`. */
const UNREAD_MS = 500;
const LOOK_MS = 50;
/** What is collected before the end of the turn goes out early at this size: the other thread can begin with it. */
const EARLY_BYTES = 1 << 15;

/** One end of the connection between two threads, as it is made; `wake` is a port that leads to the other end's. */
export interface LaneParts {
  readonly thread: number;
  readonly port: MessagePort;
  readonly incoming: SharedArrayBuffer;
  readonly outgoing: SharedArrayBuffer;
  /** The other thread's bell. */
  readonly bell: SharedArrayBuffer;
}

/** Both ends of a new connection between threads `a` and `b`, with their bells. */
export function connectThreads(
  a: { readonly thread: number; readonly bell: SharedArrayBuffer },
  b: { readonly thread: number; readonly bell: SharedArrayBuffer },
): { readonly atA: LaneParts; readonly atB: LaneParts } {
  const { port1, port2 } = new MessageChannel();
  const [toA, toB] = [ringMemory(), ringMemory()];
  return {
    atA: { thread: b.thread, port: port1, incoming: toA, outgoing: toB, bell: b.bell },
    atB: { thread: a.thread, port: port2, incoming: toB, outgoing: toA, bell: a.bell },
  };
}

export interface LaneEvents {
  /** Runs the flush at the end of the turn. */
  schedule(flush: () => void): void;
  /** The other thread has written while this one slept. */
  woken(): void;
  /** Called once, never from within a send. */
  stuck(thread: number): void;
}

/**
 * One thread's end of the connection to another thread: frames in, frames out, in order, in batches. Sending neither blocks
 * nor fails; a process that sends faster than the other side reads is held (`HOLD_BYTES`).
 */
export class Lane {
  readonly thread: number;
  readonly out: FrameWriter = new FrameWriter();
  /** Writes small messages to `out`; the carrier's. */
  flat: FlatWriter | null = null;
  readonly #port: MessagePort;
  readonly #reader: RingReader;
  readonly #writer: RingWriter;
  /** The other thread's. */
  readonly bell: Bell;
  readonly #events: LaneEvents;
  readonly #receive: FrameVisitor;
  readonly #frames = new FrameReassembly();
  /** Attachments that came before the frame they belong to was read. */
  readonly #attachments: (readonly unknown[])[] = [];
  /** Frames are being handled: what they bring about is not to read on here. */
  #draining = false;
  #scheduled = false;
  /** Something was sent; for whoever resets it. */
  spoken = false;
  /** With so much unsent it is time to send again. */
  #pushAt = EARLY_BYTES;
  #closed = false;
  #held: Hold[] = [];
  #progress = 0;
  #unreadMs = 0;
  #lookedAt = 0;
  readonly #flush = (): void => this.flush();

  constructor(parts: LaneParts, events: LaneEvents, receive: FrameVisitor) {
    this.thread = parts.thread;
    this.#port = parts.port;
    this.#reader = new RingReader(parts.incoming);
    this.#writer = new RingWriter(parts.outgoing);
    this.bell = new Bell(parts.bell);
    this.#events = events;
    this.#receive = receive;
    this.#port.on('message', (message: unknown) => {
      if (message !== WAKE) this.#attachments.push(message as readonly unknown[]);
      if (!this.#closed) events.woken();
    });
  }

  // ---------------------------------------------------------------- out

  /** To be called after something was written to `out`. */
  written(): void {
    if (this.out.bytes >= this.#pushAt) this.#writtenMuch();
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#events.schedule(this.#flush);
  }

  #writtenMuch(): void {
    if (this.#closed) return;
    this.#push();
    const left = this.out.bytes;
    if (left > HOLD_BYTES && current !== null) {
      const held = hold(current);
      if (held !== null) this.#held.push(held);
    }
    if (left > STUCK_BYTES) this.#look();
  }

  flush(): void {
    this.#scheduled = false;
    if (!this.#closed && this.out.bytes > 0) this.#push();
  }

  /** Moves what fits into the ring; the rest follows when the other side has read. */
  #push(): void {
    const { out } = this;
    let sent = 0;
    for (;;) {
      const count = this.#writer.write(out.buffer, out.read, out.read + out.bytes);
      sent += count;
      out.advance(count);
      if (out.bytes === 0 || (count === 0 && this.#writer.wait())) break;
    }
    // A ring that is full is not asked again for each message.
    this.#pushAt = out.bytes + EARLY_BYTES;
    if (sent > 0) {
      this.spoken = true;
      if (this.bell.ring()) this.wake();
    }
    if (this.#held.length > 0 && out.bytes <= RELEASE_BYTES) this.#release();
  }

  /** Whether something waits for room at the other side. */
  get backlog(): boolean {
    return this.out.bytes > 0;
  }

  /** Makes the other thread look at its lanes, asleep or not. */
  wake(): void {
    this.#port.postMessage(WAKE);
  }

  /** Sends what shared memory cannot carry, before the frame that needs it is written. */
  attach(attachments: readonly unknown[], transfer: readonly ArrayBuffer[]): void {
    this.#port.postMessage(attachments, transfer as ArrayBuffer[]);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const hold of held) hold.release();
  }

  #look(): void {
    const now = performance.now();
    const { progress } = this.#writer;
    if (progress !== this.#progress) {
      this.#progress = progress;
      this.#unreadMs = 0;
    } else this.#unreadMs += Math.min(LOOK_MS, now - this.#lookedAt);
    this.#lookedAt = now;
    if (this.#unreadMs < UNREAD_MS) return;
    this.#unreadMs = Number.NEGATIVE_INFINITY;
    setImmediate(() => {
      if (!this.#closed) this.#events.stuck(this.thread);
    });
  }

  // ---------------------------------------------------------------- in

  get arrived(): boolean {
    return this.#reader.available > 0;
  }

  /** Hands on what has arrived, at most about `maxBytes` of it; true if there is more. */
  drain(maxBytes: number): boolean {
    const available = this.#reader.available;
    if (available === 0 || this.#closed) return false;
    const count = Math.min(available, maxBytes);
    this.#frames.fill(this.#reader, count);
    // Before the frames are handled: the other side writes meanwhile.
    if (this.#reader.takeWait() && this.bell.ring()) this.wake();
    this.#draining = true;
    this.#frames.take(this.#receive);
    this.#draining = false;
    return count < available && !this.#closed;
  }

  /** Hands on what had been written when the other thread ended: whatever else tells of the end may have come before it was read. */
  drainLast(): void {
    if (this.#draining) return;
    try {
      this.drain(Number.POSITIVE_INFINITY);
    } catch (error) {
      // The port may have been closed with them in it: what cannot be read was never sent.
      if (!(error instanceof MissingAttachments)) throw error;
    }
  }

  /** The attachments of the frame that is being read. They were sent before it. */
  takeAttachments(): readonly unknown[] {
    while (this.#attachments.length === 0) {
      const received = receiveMessageOnPort(this.#port) as { message: readonly unknown[] | typeof WAKE } | undefined;
      if (received === undefined) throw new MissingAttachments('a frame came without its attachments');
      if (received.message !== WAKE) this.#attachments.push(received.message);
    }
    return this.#attachments.shift() as readonly unknown[];
  }

  /** Nothing is sent or received any more. */
  close(): void {
    this.#closed = true;
    this.#port.close();
    this.out.clear();
    this.#release();
  }
}

class MissingAttachments extends Error {}

const WAKE = 0;
