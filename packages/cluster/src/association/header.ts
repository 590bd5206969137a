// Frames between two nodes start with 16 bytes: version, kind, flags (u16), receiver's and sender's number of the association
// (u16 each), sequence number, acknowledged sequence number (u32 each). Big endian, read before anything is unpacked.

export const HEADER_BYTES = 16;
export const VERSION = 1;

/** A batch of entries. */
export const DATA = 1;
/** A piece of a batch that is too large for one frame; `LAST` ends it. */
export const CHUNK = 2;
export const ACK = 3;
/** Something is missing after `ack`: to be sent again from there. */
export const NACK = 4;
/** Have you got everything up to `seq`? */
export const PROBE = 5;
/** That association is over. */
export const RESET = 6;
/** Opens an association; both numbers are the sender's view of it. */
export const HELLO = 7;

/** Of CHUNK. */
export const LAST = 1;
/** Of HELLO: the sender knows that the association is open. */
export const OPEN = 1;

export interface Header {
  readonly kind: number;
  readonly flags: number;
  readonly receiver: number;
  readonly sender: number;
  readonly seq: number;
  readonly ack: number;
}

export function writeHeader(frame: Buffer, header: Header): void {
  frame[0] = VERSION;
  frame[1] = header.kind;
  frame.writeUInt16BE(header.flags, 2);
  frame.writeUInt16BE(header.receiver, 4);
  frame.writeUInt16BE(header.sender, 6);
  frame.writeUInt32BE(header.seq, 8);
  frame.writeUInt32BE(header.ack, 12);
}

/** Undefined for what is no frame, or one of a version that is not understood. */
export function readHeader(frame: Buffer): Header | undefined {
  if (frame.length < HEADER_BYTES || frame[0] !== VERSION) return undefined;
  const kind = frame[1] as number;
  if (kind < DATA || kind > HELLO) return undefined;
  return {
    kind,
    flags: frame.readUInt16BE(2),
    receiver: frame.readUInt16BE(4),
    sender: frame.readUInt16BE(6),
    seq: frame.readUInt32BE(8),
    ack: frame.readUInt32BE(12),
  };
}
