import { MisuseError } from './errors.js';

/** Binary data from this size on crosses to another thread by itself, copied once, instead of within the message. */
export const LARGE_BYTES: number = 1 << 16;

/** What crosses beside a message's bytes: memory that is shared, handed over, or large. */
export interface Attached {
  readonly values: unknown[];
  readonly transfer: ArrayBuffer[];
}

/** Stands for what is attached, by its place. */
export class AttachedBox {
  readonly index: number;
  constructor(index: number) {
    this.index = index;
  }
}

const givenAway = new WeakSet<ArrayBuffer>();

/**
 * Marks memory as given away: sent to another thread it is handed over instead of copied, and is empty here from then on
 * (`byteLength` 0). Returns the same value, to be put into a message. To a process of the same thread it goes by reference, as
 * everything does, and to another node it is copied; in either case the sender must not use it any more. Throws `badarg` for
 * what cannot be handed over: shared memory, and a `Buffer` that is a part of a larger block of memory, as small ones are.
 */
export function transfer<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const isView = ArrayBuffer.isView(value);
  const buffer = isView ? value.buffer : value;
  if (!(buffer instanceof ArrayBuffer)) {
    throw new MisuseError('badarg', `transfer: expected an ArrayBuffer or a view of one, got ${describe(buffer)}`);
  }
  if (isView && value.byteLength !== buffer.byteLength) {
    throw new MisuseError(
      'badarg',
      `transfer: expected a view of all of its memory, got ${value.byteLength} of ${buffer.byteLength} bytes: others may use the rest. Send it without transfer, which copies it`,
    );
  }
  givenAway.add(buffer);
  return value;
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'plain object'}` : typeof value;
}

export function isBinary(value: object): value is ArrayBuffer | SharedArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

export function isShared(value: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): boolean {
  return (ArrayBuffer.isView(value) ? value.buffer : value) instanceof SharedArrayBuffer;
}

/** The place of what has to go beside the message, or undefined: it goes within. */
export function attach(to: Attached, value: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): AttachedBox | undefined {
  if (isShared(value)) return push(to, value);
  const buffer = (ArrayBuffer.isView(value) ? value.buffer : value) as ArrayBuffer;
  if (givenAway.has(buffer)) {
    if (!to.transfer.includes(buffer)) to.transfer.push(buffer);
    return push(to, value);
  }
  if (value.byteLength < LARGE_BYTES) return undefined;
  const copy = copyOf(value as ArrayBuffer | ArrayBufferView);
  to.transfer.push((ArrayBuffer.isView(copy) ? copy.buffer : copy) as ArrayBuffer);
  return push(to, copy);
}

function push(to: Attached, value: unknown): AttachedBox {
  return new AttachedBox(to.values.push(value) - 1);
}

function copyOf(value: ArrayBuffer | ArrayBufferView): ArrayBuffer | ArrayBufferView {
  if (value instanceof ArrayBuffer) return value.slice(0);
  const { buffer, byteOffset, byteLength } = value;
  const copy = buffer.slice(byteOffset, byteOffset + byteLength);
  if (value instanceof Uint8Array) return new Uint8Array(copy);
  return new (value.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView)(copy);
}

/** What arrives where `value` was attached: bytes are a `Buffer`, as they are within a message. */
export function attachedValue(value: unknown): unknown {
  if (Object.getPrototypeOf(value) !== Uint8Array.prototype) return value;
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}
