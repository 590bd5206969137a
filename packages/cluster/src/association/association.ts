import { BatchWriter, type Entries, readBatch } from './batch.js';
import { ACK, CHUNK, DATA, HEADER_BYTES, type Header, LAST, NACK, PROBE, writeHeader } from './header.js';
import { Incoming } from './incoming.js';
import { Outgoing } from './outgoing.js';

/** Beyond this a lane between nodes breaks: the other side does not keep up, and memory is finite. */
export const MAX_BUFFERED_BYTES: number = 64 * 2 ** 20;
/** With more than this waiting, senders are held ... */
export const HOLD_BYTES: number = 8 * 2 ** 20;
/** ... until no more than this is left. */
export const RELEASE_BYTES: number = 4 * 2 ** 20;
/** Frames are kept below it, and below what the NATS server takes. */
export const MAX_FRAME_BYTES: number = 512 * 1024;
const ACK_FRAMES = 128;
const ACK_BYTES = 2 ** 20;
/** The receiver asks once for what is missing, and again after so long. */
const NACK_MS = 100;
/** Without progress for so long the sender asks what has arrived. */
const PROBE_MS = 250;

export type BreakReason = 'overflow' | 'no_progress';

/** What an association works on. */
export interface AssociationEnd {
  /** False if the frame was not sent, because there is no connection. */
  publish(frame: Buffer): boolean;
  /** Calls `flush` once, at the end of the turn. */
  schedule(flush: () => void): void;
  /** Said while something is written: from now on senders are to be held; and while something is received: no more. */
  crowded(crowded: boolean): void;
  /** What it delivers. */
  readonly entries: Entries;
  /** A batch was malformed. */
  bad(): void;
  /** It is over; called from `flush` and `tick` only. */
  broken(reason: BreakReason): void;
}

export interface AssociationCounts {
  sent: number;
  received: number;
  resent: number;
  duplicates: number;
  gaps: number;
  probes: number;
}

/**
 * Signals between two nodes, in order and each once, over a connection that loses what is on its way when it breaks. Both
 * directions; open once both sides know each other's number. What is written before that waits.
 */
export class Association {
  readonly own: number;
  #their = 0;
  #open = false;
  #connected: boolean;
  readonly #end: AssociationEnd;
  readonly #counts: AssociationCounts;
  readonly #maxBody: number;
  readonly #noProgressMs: number;
  readonly #batch = new BatchWriter();
  readonly #out = new Outgoing();
  readonly #in = new Incoming();
  #scheduled = false;
  readonly #flush = (): void => this.flush();
  #over = false;
  #crowded = false;
  /** Nothing is sent before the other side has said what it has. */
  #held = false;
  /** Received and not acknowledged. */
  #owedFrames = 0;
  #owedBytes = 0;
  #nackedAt = Number.NEGATIVE_INFINITY;
  #nackedFor = -1;
  #progressAt = 0;
  #probedAt = 0;
  #wentBackAt = Number.NEGATIVE_INFINITY;
  #now: number;

  constructor(
    own: number,
    end: AssociationEnd,
    counts: AssociationCounts,
    options: { maxFrameBytes: number; noProgressMs: number; connected: boolean; now: number },
  ) {
    this.own = own;
    this.#end = end;
    this.#counts = counts;
    this.#maxBody = Math.min(MAX_FRAME_BYTES, options.maxFrameBytes) - HEADER_BYTES;
    this.#noProgressMs = options.noProgressMs;
    this.#connected = options.connected;
    this.#now = options.now;
  }

  get bufferedBytes(): number {
    return this.#out.bufferedBytes + this.#batch.bytes;
  }
  /** Frames that wait for the window. */
  get waiting(): number {
    return this.#out.waiting;
  }
  /** Everything written so far has arrived. */
  get settled(): boolean {
    return this.#out.isEmpty && this.#batch.bytes === 0;
  }

  // ---------------------------------------------------------------- writing

  signal(from: number, to: number, bytes: Uint8Array): void {
    if (this.#batch.bytes + BatchWriter.size(bytes.length) > this.#maxBody) this.#cut();
    this.#batch.signal(from, to, bytes);
    if (this.#batch.bytes > this.#maxBody) this.#cut();
    if (!this.#crowded && this.bufferedBytes > HOLD_BYTES) this.#setCrowded(true);
    this.#flushLater();
  }

  threadEnded(thread: number): void {
    this.#batch.threadEnded(thread);
    this.#flushLater();
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#over) return;
    this.#cut();
    if (this.#out.bufferedBytes > MAX_BUFFERED_BYTES) this.#end.broken('overflow');
    else this.#pump();
  }

  #flushLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#end.schedule(this.#flush);
  }

  /** Makes frames of the batch. */
  #cut(): void {
    const { bytes } = this.#batch;
    if (bytes === 0) return;
    if (bytes <= this.#maxBody) {
      this.#out.push(DATA, 0, this.#batch.take(HEADER_BYTES));
      return;
    }
    const batch = this.#batch.take(0);
    for (let at = 0; at < bytes; at += this.#maxBody) {
      const piece = batch.subarray(at, at + this.#maxBody);
      const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + piece.length);
      piece.copy(frame, HEADER_BYTES);
      this.#out.push(CHUNK, at + this.#maxBody >= bytes ? LAST : 0, frame);
    }
  }

  #pump(): void {
    if (!this.#open || !this.#connected || this.#held) return;
    if (!this.#out.inFlight) this.#progressAt = this.#now;
    for (let frame = this.#out.take(); frame !== undefined; frame = this.#out.take()) {
      this.#write(frame.bytes, frame.kind, frame.flags, frame.seq);
      this.#counts.sent++;
    }
  }

  // ---------------------------------------------------------------- opening and connection

  /** The other side has said its number; known before the association is open. */
  set their(their: number) {
    this.#their = their;
  }

  /** Both sides know each other's number. */
  open(): void {
    this.#open = true;
    this.#progressAt = this.#now;
    this.flush();
  }

  /** Nothing of it is sent or delivered any more. */
  close(): void {
    this.#over = true;
    this.#open = false;
  }

  disconnected(): void {
    this.#connected = false;
  }

  /** What was on its way is perhaps lost: the other side says what has arrived. */
  reconnected(now: number): void {
    this.#now = now;
    this.#connected = true;
    this.#progressAt = now;
    this.#held = this.#out.inFlight;
    if (this.#held) this.#probe();
    else this.#pump();
  }

  /** To be called every few tens of milliseconds. */
  tick(now: number): void {
    this.#now = now;
    if (!this.#open || !this.#connected) return;
    if (this.#owedFrames > 0) this.#acknowledge(ACK);
    if (!this.#out.inFlight && !this.#held) return;
    if (now - this.#progressAt >= this.#noProgressMs) this.#end.broken('no_progress');
    else if (now - Math.max(this.#progressAt, this.#probedAt) >= PROBE_MS) this.#probe();
  }

  #probe(): void {
    this.#probedAt = this.#now;
    this.#counts.probes++;
    this.#control(PROBE, this.#out.sentSeq);
  }

  // ---------------------------------------------------------------- receiving

  /** A frame that bears this association's numbers. */
  receive(header: Header, body: Buffer): void {
    this.#acknowledged(header);
    switch (header.kind) {
      case DATA:
      case CHUNK:
        this.#arrived(header, body);
        break;
      case NACK:
        this.#missing();
        break;
      case PROBE:
        // The connection keeps order: what was sent before the question and is not here is lost.
        this.#acknowledge(header.seq === this.#in.last ? ACK : NACK);
        break;
    }
    if (header.kind === ACK || header.kind === NACK) this.#held = false;
    this.#pump();
  }

  #acknowledged({ ack }: Header): void {
    if (!this.#out.acknowledge(ack)) return;
    this.#progressAt = this.#now;
    if (this.#crowded && this.bufferedBytes <= RELEASE_BYTES) this.#setCrowded(false);
  }

  #setCrowded(crowded: boolean): void {
    this.#crowded = crowded;
    this.#end.crowded(crowded);
  }

  #missing(): void {
    // A question and a gap may both have been answered so; the frames are on their way again.
    if (this.#now - this.#wentBackAt < NACK_MS && !this.#held) return;
    this.#wentBackAt = this.#now;
    this.#counts.resent += this.#out.goBack();
  }

  #arrived({ kind, flags, seq }: Header, body: Buffer): void {
    const arrival = this.#in.arrive(seq);
    if (arrival === 'gap') {
      this.#gap();
      return;
    }
    this.#owedFrames++;
    this.#owedBytes += body.length;
    if (arrival === 'duplicate') {
      this.#counts.duplicates++;
      return;
    }
    this.#counts.received++;
    if (this.#owedFrames >= ACK_FRAMES || this.#owedBytes >= ACK_BYTES) this.#acknowledge(ACK);
    const batch = kind === DATA ? body : this.#in.assemble(body, flags);
    if (batch === null || (batch !== undefined && !readBatch(batch, this.#end.entries))) this.#end.bad();
  }

  #gap(): void {
    this.#counts.gaps++;
    if (this.#nackedFor === this.#in.last && this.#now - this.#nackedAt < NACK_MS) return;
    this.#acknowledge(NACK);
  }

  #acknowledge(kind: typeof ACK | typeof NACK): void {
    if (kind === NACK) {
      this.#nackedFor = this.#in.last;
      this.#nackedAt = this.#now;
    }
    this.#control(kind, 0);
  }

  // ---------------------------------------------------------------- frames

  #control(kind: number, seq: number): void {
    this.#write(Buffer.allocUnsafeSlow(HEADER_BYTES), kind, 0, seq);
  }

  /** Every frame acknowledges what has arrived. */
  #write(frame: Buffer, kind: number, flags: number, seq: number): void {
    writeHeader(frame, { kind, flags, receiver: this.#their, sender: this.own, seq, ack: this.#in.last });
    if (!this.#end.publish(frame)) return;
    this.#owedFrames = 0;
    this.#owedBytes = 0;
  }
}
