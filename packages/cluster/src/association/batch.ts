// A batch is a row of entries: `u32 length, u32 thread it goes to, u32 thread it comes from, bytes`.

const ENTRY_HEADER = 12;
/** As the receiving thread: the sending one has ended. */
const ENDED = 0xffff_ffff;
const SMALL = 1 << 12;
/** A buffer that one burst has made larger than this is not kept. */
const KEPT = 1 << 17;

export interface Entries {
  /** A signal, encoded; valid during the call only. */
  signal(from: number, to: number, bytes: Buffer): void;
  threadEnded(thread: number): void;
}

export class BatchWriter {
  #buffer = Buffer.allocUnsafeSlow(SMALL);
  #used = 0;

  get bytes(): number {
    return this.#used;
  }

  /** What an entry takes. */
  static size(bytes: number): number {
    return ENTRY_HEADER + bytes;
  }

  signal(from: number, to: number, bytes: Uint8Array): void {
    const at = this.#begin(bytes.length, to, from);
    this.#buffer.set(bytes, at);
  }

  threadEnded(thread: number): void {
    this.#begin(0, ENDED, thread);
  }

  /** The batch, behind `room` free bytes; the writer starts anew. */
  take(room: number): Buffer {
    const batch = Buffer.allocUnsafeSlow(room + this.#used);
    this.#buffer.copy(batch, room, 0, this.#used);
    this.#used = 0;
    if (this.#buffer.length > KEPT) this.#buffer = Buffer.allocUnsafeSlow(SMALL);
    return batch;
  }

  #begin(length: number, to: number, from: number): number {
    const at = this.#used;
    const end = at + ENTRY_HEADER + length;
    if (end > this.#buffer.length) this.#grow(end);
    this.#buffer.writeUInt32BE(length, at);
    this.#buffer.writeUInt32BE(to, at + 4);
    this.#buffer.writeUInt32BE(from, at + 8);
    this.#used = end;
    return at + ENTRY_HEADER;
  }

  #grow(needed: number): void {
    let size = this.#buffer.length * 2;
    while (size < needed) size *= 2;
    const larger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/** False if the batch is malformed; what came before the damage has been handed over. */
export function readBatch(batch: Buffer, entries: Entries): boolean {
  for (let at = 0; at < batch.length; ) {
    if (at + ENTRY_HEADER > batch.length) return false;
    const length = batch.readUInt32BE(at);
    const to = batch.readUInt32BE(at + 4);
    const from = batch.readUInt32BE(at + 8);
    at += ENTRY_HEADER;
    if (at + length > batch.length) return false;
    if (to === ENDED) entries.threadEnded(from);
    else entries.signal(from, to, batch.subarray(at, at + length));
    at += length;
  }
  return true;
}
