import { type Dice, mutated } from './dice.js';

// WebSocket frames as bytes (RFC 6455), also those that no library would send.

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;

function header(opcode: number, length: number, final: boolean): Buffer {
  const first = (final ? 0x80 : 0) | opcode;
  if (length < 126) return Buffer.from([first, 0x80 | length]);
  const long = Buffer.alloc(length < 65_536 ? 4 : 10);
  long[0] = first;
  if (length < 65_536) {
    long[1] = 0x80 | 126;
    long.writeUInt16BE(length, 2);
  } else {
    long[1] = 0x80 | 127;
    long.writeBigUInt64BE(BigInt(length), 2);
  }
  return long;
}

function frame(dice: Dice, opcode: number, payload: Buffer, final = true): Buffer {
  const mask = dice.bytes(4);
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; i++) masked[i] = (masked[i] as number) ^ (mask[i & 3] as number);
  return Buffer.concat([header(opcode, payload.length, final), mask, masked]);
}

/** A message, now and then in fragments with a ping between them. */
export function message(dice: Dice, binary: boolean, payload: Buffer): Buffer {
  const opcode = binary ? BINARY : TEXT;
  if (dice.chance(0.95)) return frame(dice, opcode, payload);
  const at = dice.below(payload.length + 1);
  return Buffer.concat([
    frame(dice, opcode, payload.subarray(0, at), false),
    frame(dice, PING, dice.bytes(dice.below(10))),
    frame(dice, 0, payload.subarray(at)),
  ]);
}

export function closing(dice: Dice): Buffer {
  return frame(dice, CLOSE, dice.pick([Buffer.alloc(0), Buffer.from([3, 232]), dice.bytes(1), dice.bytes(5), dice.bytes(130)]));
}

/** What ends a connection if it means anything at all. */
export function malformed(dice: Dice, payload: Buffer): Buffer {
  const whole = message(dice, dice.chance(0.5), payload);
  switch (dice.below(6)) {
    case 0:
      return mutated(dice, whole);
    case 1:
      return whole.subarray(0, dice.below(whole.length));
    case 2:
      return frame(dice, 3 + dice.below(5), payload); // reserved opcodes
    case 3:
      return frame(dice, TEXT, Buffer.from([0xc3, 0x28])); // no UTF-8
    case 4:
      return Buffer.concat([Buffer.from([0x82, 0xff, 0x7f]), dice.bytes(11)]); // a length beyond all bounds
    default:
      return dice.bytes(1 + dice.below(60));
  }
}

/** Texts and binary messages in what a server has sent, which neither masks nor splits; and whether it has closed. */
export class ServerFrames {
  closed = false;
  #rest: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): { binary: boolean; payload: Buffer }[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: { binary: boolean; payload: Buffer }[] = [];
    for (;;) {
      const [first = 0, second = 0] = this.#rest;
      const extra = second === 126 ? 2 : second === 127 ? 8 : 0;
      if (this.#rest.length < 2 + extra) return messages;
      const length = extra === 0 ? second : extra === 2 ? this.#rest.readUInt16BE(2) : Number(this.#rest.readBigUInt64BE(2));
      const end = 2 + extra + length;
      if (this.#rest.length < end) return messages;
      const opcode = first & 15;
      if (opcode === TEXT || opcode === BINARY) messages.push({ binary: opcode === BINARY, payload: this.#rest.subarray(2 + extra, end) });
      if (opcode === CLOSE) this.closed = true;
      this.#rest = this.#rest.subarray(end);
    }
  }
}
