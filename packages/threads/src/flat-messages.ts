import { type Address, type Kernel, ProcessId } from '@rekindle/kernel/internal';
import { FLAT, FLAT_FIELD, FrameReader, type FrameWriter } from './frames.js';

// Most messages between threads are small objects of numbers, short strings and pids, of a few shapes that come again and again.
// They need no general codec: the keys are described once per lane, and a string that was the last one in its place is not sent
// again. What does not fit is refused before anything is written, and travels as everything else does.
//
// A message is words: the receiver's serial (2), the last field's number, the tags of all fields, and their values.

const HEAD_WORDS = 4;
const MAX_FIELDS = 8;
const MAX_STRING = 64;
const MAX_KEY = 64;
/** Fields that one lane describes; more than so many after the same ones are keys made of data. */
const MAX_NODES = 1024;
const MAX_CHILDREN = 64;
const TAG_BITS = 4;
const TWO_32 = 2 ** 32;

const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
const INT = 4;
const DOUBLE = 5;
const SAME = 6;
const STRING = 7;
const PID = 8;

/** Number of the one field of a message that is no object. */
const BARE = 0;
const ROOT = 1;

/** A key after the keys before it: both ends number them alike. */
class Field {
  readonly number: number;
  readonly children = new Map<string, Field | null>();
  /** The child that was asked for last. */
  lastKey: string | null = null;
  lastChild: Field | null = null;
  /** The last string in this place, as the other end has it; null if it may not. */
  text: string | null = null;

  constructor(number: number) {
    this.number = number;
  }
}

const words = new Uint32Array(HEAD_WORDS + MAX_FIELDS * (1 + MAX_STRING / 4));
const packed = new Uint8Array(words.buffer);
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const visited: Field[] = [];
let visits = 0;
/** A getter may send too. */
let writing = false;

/** Writes small plain messages to one lane. */
export class FlatWriter {
  readonly #kernel: Kernel;
  readonly #out: FrameWriter;
  readonly #bare = new Field(BARE);
  readonly #root = new Field(ROOT);
  #nodes = ROOT + 1;
  #at = 0;

  constructor(kernel: Kernel, out: FrameWriter) {
    this.#kernel = kernel;
    this.#out = out;
  }

  /** False if the message has to travel otherwise: nothing was written then but descriptions of fields. */
  write(serial: number, message: unknown): boolean {
    if (writing) return false;
    writing = true;
    visits = 0;
    let written = false;
    try {
      written = this.#write(serial, message);
    } finally {
      writing = false;
      // What was noted as sent was not.
      for (let i = 0; !written && i < visits; i++) (visited[i] as Field).text = null;
    }
    return written;
  }

  #write(serial: number, message: unknown): boolean {
    let field = this.#root;
    let tags = 0;
    let count = 0;
    this.#at = HEAD_WORDS;
    if (typeof message === 'object' && message !== null) {
      if (message.constructor !== Object) return false;
      for (const key in message) {
        const next: Field | null = field.lastKey === key ? field.lastChild : this.#child(field, key, message);
        if (next === null || count === MAX_FIELDS) return false;
        field = next;
        visited[visits++] = field;
        const tag = this.#value(field, (message as Record<string, unknown>)[key]);
        if (tag < 0) return false;
        tags |= tag << (count * TAG_BITS);
        count++;
      }
    } else {
      field = this.#bare;
      tags = this.#value(field, message);
      if (tags < 0) return false;
    }
    words[0] = serial;
    words[1] = serial / TWO_32;
    words[2] = field.number;
    words[3] = tags;
    this.#out.writePacked(FLAT, packed, 0, this.#at << 2);
    return true;
  }

  #value(field: Field, value: unknown): number {
    switch (typeof value) {
      case 'number':
        if ((value | 0) === value) {
          words[this.#at++] = value;
          return INT;
        }
        double[0] = value;
        words[this.#at++] = halves[0] as number;
        words[this.#at++] = halves[1] as number;
        return DOUBLE;
      case 'string':
        return value === field.text ? SAME : this.#string(field, value);
      case 'boolean':
        return value ? TRUE : FALSE;
      case 'undefined':
        return UNDEFINED;
      case 'object':
        if (value === null) return NULL;
        if (value instanceof ProcessId && value.at.sameNode(this.#kernel.here)) {
          const { serial } = value;
          words[this.#at++] = value.at.thread;
          words[this.#at++] = serial;
          words[this.#at++] = serial / TWO_32;
          return PID;
        }
    }
    return -1;
  }

  #string(field: Field, text: string): number {
    const { length } = text;
    if (length > MAX_STRING) return -1;
    let at = (this.#at + 1) << 2;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0xff) return -1;
      packed[at++] = code;
    }
    words[this.#at] = length;
    this.#at = (at + 3) >> 2;
    field.text = text;
    return STRING;
  }

  /** Null for a key that is not worth describing. */
  #child(field: Field, key: string, message: object): Field | null {
    let child = field.children.get(key);
    if (child === undefined) {
      if (field.children.size >= MAX_CHILDREN || this.#nodes >= MAX_NODES) return null;
      child = key === '__proto__' || key.length > MAX_KEY || !Object.hasOwn(message, key) ? null : this.#describe(field, key);
      field.children.set(key, child);
    }
    field.lastKey = key;
    field.lastChild = child;
    return child;
  }

  #describe(field: Field, key: string): Field {
    const out = this.#out;
    out.begin(FLAT_FIELD, 8 + key.length * 3);
    out.uint32(field.number);
    out.text(key);
    out.end();
    return new Field(this.#nodes++);
  }
}

/** A field as it is read. */
interface Place {
  readonly keys: readonly string[];
  readonly path: readonly Place[];
  readonly make: (values: readonly unknown[]) => unknown;
  text: string;
}

/** Makes objects with these keys. As a literal they are made at once, not key by key; where code may not be made they are. */
function maker(keys: readonly string[]): Place['make'] {
  try {
    const fields = keys.map((key, i) => `${JSON.stringify(key)}: values[${i}]`);
    return new Function('values', `return { ${fields.join(', ')} };`) as Place['make'];
  } catch {
    return (values) => Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  }
}

/** Takes what a `FlatWriter` at the other end has written. */
export class FlatReader {
  readonly #kernel: Kernel;
  readonly #from: Address;
  /** By number. */
  readonly #places: Place[];
  readonly #values: unknown[] = new Array(MAX_FIELDS).fill(undefined);
  #words: Uint32Array = new Uint32Array();
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(kernel: Kernel, from: Address) {
    this.#kernel = kernel;
    this.#from = from;
    const path: Place[] = [];
    path.push({ keys: [], path, make: (values) => values[0], text: '' });
    this.#places = [path[BARE] as Place, { keys: [], path: [], make: () => ({}), text: '' }];
  }

  /** A frame `FLAT` has arrived. */
  received(bytes: Buffer, start: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#words = new Uint32Array(bytes.buffer);
    }
    const at = start >> 2;
    const serial = (this.#words[at] as number) + (this.#words[at + 1] as number) * TWO_32;
    // Read in any case: the next one may say that a string is the same.
    const message = this.#read(at);
    this.#kernel.receiveMessage(this.#from, serial, message);
  }

  /** A frame `FLAT_FIELD` has arrived. */
  describe(bytes: Buffer): void {
    const reader = new FrameReader(bytes);
    const before = this.#places[reader.uint32()] as Place;
    const keys = [...before.keys, reader.text()];
    const path = [...before.path];
    let make: Place['make'] | null = null;
    const place: Place = {
      keys,
      path,
      // Most are only on the way to another one.
      make: (values) => {
        make ??= maker(keys);
        return make(values);
      },
      text: '',
    };
    path.push(place);
    this.#places.push(place);
  }

  #read(at: number): unknown {
    const { path, make } = this.#places[this.#words[at + 2] as number] as Place;
    let tags = this.#words[at + 3] as number;
    const values = this.#values;
    this.#at = at + HEAD_WORDS;
    for (let i = 0; i < path.length; i++) {
      values[i] = this.#value(path[i] as Place, tags & 0xf);
      tags >>>= TAG_BITS;
    }
    return make(values);
  }

  #value(place: Place, tag: number): unknown {
    switch (tag) {
      case INT:
        return (this.#words[this.#at++] as number) | 0;
      case SAME:
        return place.text;
      case STRING:
        return this.#string(place);
      case DOUBLE:
        halves[0] = this.#words[this.#at++] as number;
        halves[1] = this.#words[this.#at++] as number;
        return double[0];
      case PID:
        return this.#pid();
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      default:
        return undefined;
    }
  }

  #string(place: Place): string {
    const length = this.#words[this.#at++] as number;
    const start = this.#at << 2;
    place.text = this.#bytes.toString('latin1', start, start + length);
    this.#at += (length + 3) >> 2;
    return place.text;
  }

  #pid(): ProcessId {
    const thread = this.#words[this.#at++] as number;
    const low = this.#words[this.#at++] as number;
    const serial = low + (this.#words[this.#at++] as number) * TWO_32;
    const { node, incarnation } = this.#kernel.here;
    const at = thread === this.#from.thread ? this.#from : this.#kernel.address(node, incarnation, thread);
    return this.#kernel.pid(at, serial);
  }
}
