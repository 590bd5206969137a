import { isUtf8 } from 'node:buffer';

// The part of Erlang's external term format that tokens need, so that one signed by Phoenix can be read here and the other
// way round. Strings are Erlang binaries, and so are bytes, which are read as text if they are UTF-8; atoms are read as
// strings, `nil` and `undefined` as null.

const VERSION = 131;
const NEW_FLOAT = 70;
const SMALL_INTEGER = 97;
const INTEGER = 98;
const ATOM = 100;
const SMALL_TUPLE = 104;
const LARGE_TUPLE = 105;
const NIL = 106;
const STRING = 107;
const LIST = 108;
const BINARY = 109;
const SMALL_BIG = 110;
const SMALL_ATOM = 115;
const MAP = 116;
const ATOM_UTF8 = 118;
const SMALL_ATOM_UTF8 = 119;

const MAX_DEPTH = 64;

/** A tuple; arrays are lists. */
export class Tuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A name. Those that are read come as strings. */
export class Atom {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Throws a TypeError on what has no counterpart among the terms above. */
export function encodeTerm(term: unknown): Buffer {
  const parts: Buffer[] = [Buffer.from([VERSION])];
  write(term, parts, 0);
  return Buffer.concat(parts);
}

function write(term: unknown, parts: Buffer[], depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError(`a token cannot hold what is nested more than ${MAX_DEPTH} deep`);
  if (typeof term === 'string') {
    const bytes = Buffer.from(term, 'utf8');
    parts.push(header(BINARY, bytes.length), bytes);
  } else if (typeof term === 'number') parts.push(encodeNumber(term));
  else if (typeof term === 'boolean') parts.push(atom(String(term)));
  else if (term === null || term === undefined) parts.push(atom('nil'));
  else if (term instanceof Uint8Array) parts.push(header(BINARY, term.length), Buffer.from(term));
  else if (term instanceof Atom) parts.push(atom(term.name));
  else if (term instanceof Tuple) {
    parts.push(Buffer.from([SMALL_TUPLE, term.items.length]));
    for (const item of term.items) write(item, parts, depth + 1);
  } else if (Array.isArray(term)) {
    if (term.length > 0) parts.push(header(LIST, term.length));
    for (const item of term) write(item, parts, depth + 1);
    parts.push(Buffer.from([NIL]));
  } else if (typeof term === 'object') {
    const entries = Object.entries(term);
    parts.push(header(MAP, entries.length));
    for (const [key, value] of entries) {
      write(key, parts, depth + 1);
      write(value, parts, depth + 1);
    }
  } else throw new TypeError(`a token cannot hold a ${typeof term}`);
}

function header(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = tag;
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function atom(name: string): Buffer {
  return Buffer.concat([Buffer.from([SMALL_ATOM_UTF8, name.length]), Buffer.from(name)]);
}

function encodeNumber(value: number): Buffer {
  if (!Number.isFinite(value)) throw new TypeError(`a token cannot hold ${value}`);
  if (!Number.isInteger(value)) {
    const bytes = Buffer.alloc(9);
    bytes[0] = NEW_FLOAT;
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (value >= 0 && value < 256) return Buffer.from([SMALL_INTEGER, value]);
  if (value >= -(2 ** 31) && value < 2 ** 31) {
    const bytes = Buffer.alloc(5);
    bytes[0] = INTEGER;
    bytes.writeInt32BE(value, 1);
    return bytes;
  }
  const digits: number[] = [];
  for (let rest = BigInt(Math.abs(value)); rest > 0n; rest >>= 8n) digits.push(Number(rest & 255n));
  return Buffer.from([SMALL_BIG, digits.length, value < 0 ? 1 : 0, ...digits]);
}

/** Throws on anything that is not a well-formed term of the kinds above. */
export function decodeTerm(bytes: Uint8Array): unknown {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  if (reader.byte() !== VERSION) throw new TypeError('not an external term');
  const term = reader.term(0);
  if (!reader.atEnd) throw new TypeError('bytes after the term');
  return term;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#take(1)[0] as number;
  }

  term(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new TypeError('nested too deeply');
    const tag = this.byte();
    switch (tag) {
      case SMALL_INTEGER:
        return this.byte();
      case INTEGER:
        return this.#take(4).readInt32BE();
      case NEW_FLOAT:
        return this.#take(8).readDoubleBE();
      case SMALL_BIG:
        return this.#big(this.byte());
      case BINARY:
        return textOrBytes(this.#take(this.#length()));
      case STRING:
        return [...this.#take(this.#take(2).readUInt16BE())];
      case ATOM:
      case ATOM_UTF8:
        return atomValue(this.#take(this.#take(2).readUInt16BE()).toString('utf8'));
      case SMALL_ATOM:
      case SMALL_ATOM_UTF8:
        return atomValue(this.#take(this.byte()).toString('utf8'));
      case SMALL_TUPLE:
        return new Tuple(this.#many(this.byte(), depth));
      case LARGE_TUPLE:
        return new Tuple(this.#many(this.#length(), depth));
      case NIL:
        return [];
      case LIST:
        return this.#list(depth);
      case MAP:
        return this.#map(depth);
      default:
        throw new TypeError(`unexpected term of kind ${tag}`);
    }
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new TypeError('the term is cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #length(): number {
    return this.#take(4).readUInt32BE();
  }

  #many(count: number, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(this.term(depth + 1));
    return items;
  }

  #list(depth: number): unknown[] {
    const items = this.#many(this.#length(), depth);
    if (this.byte() !== NIL) throw new TypeError('an improper list');
    return items;
  }

  #map(depth: number): object {
    const map: { [key: string]: unknown } = {};
    for (let left = this.#length(); left > 0; left--) {
      const key = String(this.term(depth + 1));
      Object.defineProperty(map, key, { value: this.term(depth + 1), enumerable: true, writable: true, configurable: true });
    }
    return map;
  }

  #big(length: number): number {
    const negative = this.byte() === 1;
    let value = 0n;
    this.#take(length).forEach((digit, i) => {
      value |= BigInt(digit) << BigInt(8 * i);
    });
    return Number(negative ? -value : value);
  }
}

/** Erlang's binaries are both. */
function textOrBytes(bytes: Buffer): string | Uint8Array {
  return isUtf8(bytes) ? bytes.toString('utf8') : Uint8Array.from(bytes);
}

function atomValue(name: string): unknown {
  if (name === 'true') return true;
  if (name === 'false') return false;
  return name === 'nil' || name === 'undefined' ? null : name;
}
