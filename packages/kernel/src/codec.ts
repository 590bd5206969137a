import { addExtension, Packr } from 'msgpackr/pack';
import { type Launchable, makeBehaviour } from './behaviours/launch.js';
import { Request } from './calls/request.js';
import { RemoteFrom, SentFrom } from './calls/sent-from.js';
import { classByName, classElsewhere, travellingName } from './classes.js';
import { CallError, type CallErrorCode, MisuseError, StartError, TaskError, type TaskErrorCode } from './errors.js';
import type { Address } from './identity/address.js';
import { Handle } from './identity/handle.js';
import { MAX_NAME_LENGTH, type Name } from './identity/name.js';
import { ProcessId } from './identity/pid.js';
import { RemoteAlias } from './identity/remote-alias.js';
import type { Kernel } from './kernel.js';
import { Alias } from './process/alias.js';
import { Owned } from './process/owned.js';
import { type Attached, AttachedBox, attach, attachedValue, isBinary, isShared } from './transfer.js';
import { ClusterVia, clusterVia } from './unique-names/cluster-via.js';

/** Objects nested deeper than this are refused: it is a cycle, or something that was never meant as a message. */
const MAX_DEPTH = 256;

const PID = 1;
const HANDLE = 2;
const ERROR = 3;
const MAP = 4;
const CLASS = 5;
const ALIAS = 6;
const ATTACHED = 7;
const CLUSTER_VIA = 8;
const FROM = 9;

/**
 * How values travel between threads and nodes: msgpackr, with pids, names and errors as extensions. Functions and symbols
 * cannot travel and are refused with the path to them. Class instances arrive as plain objects with their own fields.
 */
export class Codec {
  readonly #kernel: Kernel;
  readonly #packr = new Packr({ useRecords: false, moreTypes: true, useBigIntExtension: true, copyBuffers: true });

  readonly #reach: Reach;
  readonly #range = { start: 0, end: 0 };

  constructor(kernel: Kernel, reach: Reach = 'threads') {
    this.#kernel = kernel;
    this.#reach = reach;
  }

  /** The bytes are valid until the next call. */
  encode(value: unknown): Buffer {
    reach = this.#reach;
    encodingFor = this.#kernel;
    return this.#packr.pack(prepare(value));
  }

  /** The bytes are `[start, end)` of what is returned, until the next call. */
  pack(value: unknown): Packed {
    reach = this.#reach;
    encodingFor = this.#kernel;
    return this.#packr.pack(prepare(value), REUSE_AND_RESET) as unknown as Packed;
  }

  /** The same; memory that is better not copied is put into `attached`. */
  packAttaching(value: unknown, attached: Attached): Packed {
    attaching = attached;
    try {
      return this.pack(value);
    } catch (error) {
      attached.values.length = attached.transfer.length = 0;
      throw error;
    } finally {
      attaching = null;
    }
  }

  /** Decodes what `packAttaching` has encoded; `values` are its attachments. */
  decodeAttached(bytes: Uint8Array, start: number, end: number, values: readonly unknown[]): unknown {
    const before = attachedValues;
    attachedValues = values;
    try {
      return this.decodeRange(bytes, start, end);
    } finally {
      attachedValues = before;
    }
  }

  decode(bytes: Uint8Array): unknown {
    return this.decodeRange(bytes, 0, bytes.length);
  }

  /** Decodes `bytes[start, end)`. What it returns holds no part of them. */
  decodeRange(bytes: Uint8Array, start: number, end: number): unknown {
    const range = this.#range;
    range.start = start;
    range.end = end;
    const before = decodingFor;
    decodingFor = this.#kernel;
    reach = this.#reach;
    try {
      return this.#packr.unpack(bytes, range);
    } finally {
      decodingFor = before;
    }
  }

  /** What the receiver would get if it were on another thread. */
  copy(value: unknown): unknown {
    if (typeof value === 'object') {
      if (value === null) return null;
      const attached: Attached = { values: [], transfer: [] };
      const { buffer, byteOffset, start, end } = this.packAttaching(value, attached);
      const bytes = Buffer.from(buffer, byteOffset, end);
      if (attached.values.length === 0) return this.decodeRange(bytes, start, end);
      return this.decodeAttached(bytes, start, end, structuredClone(attached.values, { transfer: attached.transfer }));
    }
    reach = this.#reach;
    return prepare(value);
  }
}

export interface Packed extends Uint8Array {
  readonly start: number;
  readonly end: number;
}

/** msgpackr's `REUSE_BUFFER_MODE` and `RESET_BUFFER_MODE`: no buffer is made, the next value goes to the same place. */
const REUSE_AND_RESET = 512 | 1024;

/** Process classes travel between the threads of a node, which run the same code; between nodes they are refused. */
type Reach = 'threads' | 'nodes';
let reach: Reach = 'threads';
let encodingFor: Kernel | null = null;
/** Where memory goes that is better not copied; null when all has to be in the bytes. */
let attaching: Attached | null = null;
let attachedValues: readonly unknown[] = [];

/** Stands for a `Map`, which msgpackr would write just as it writes an object. */
class MapBox {
  readonly entries: unknown[];
  constructor(entries: unknown[]) {
    this.entries = entries;
  }
}

/** Stands for a process class, which travels by its name. */
class ClassBox {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Stands for an `Error`, of whatever class: what is kept of it. */
class ErrorBox {
  readonly fields: EncodedError;
  constructor(fields: EncodedError) {
    this.fields = fields;
  }
}

function boxClass(value: unknown): ClassBox | null {
  if (reach === 'nodes') return null;
  return typeof value === 'function' && makeBehaviour in value ? new ClassBox(travellingName(value as unknown as Launchable)) : null;
}

/** Refuses what cannot travel, and boxes maps; returns the same value when nothing had to change. */
function prepare(value: unknown): unknown {
  switch (typeof value) {
    case 'function':
      return boxClass(value) ?? refuse(value, []);
    case 'symbol':
      return refuse(value, []);
    case 'object':
      return value === null ? null : prepareObject(value, null, 0);
    default:
      return value;
  }
}

interface Path {
  readonly key: string;
  readonly up: Path | null;
}

function prepareObject(value: object, path: Path | null, depth: number): unknown {
  if (depth > MAX_DEPTH) throw tooDeep(path);
  const Class = value.constructor;
  if (Class === Array) return prepareArray(value as unknown[], path, depth);
  if (Class === Map) {
    const entries: unknown[] = [];
    for (const [key, item] of value as Map<unknown, unknown>) {
      entries.push(prepareItem(key, '(key)', path, depth), prepareItem(item, String(key), path, depth));
    }
    return new MapBox(entries);
  }
  if (Class === Set) {
    let changed = false;
    const items: unknown[] = [];
    for (const item of value as Set<unknown>) {
      const prepared = prepareItem(item, '(item)', path, depth);
      changed ||= prepared !== item;
      items.push(prepared);
    }
    return changed ? new Set(items) : value;
  }
  if (Class !== Object && Class !== undefined) {
    if (value instanceof Error) return prepareError(value, path, depth);
    if (isBinary(value)) return prepareBinary(value, path);
    if (isLeaf(value)) return value;
    if (value instanceof Owned) return refuseBound(path);
  }
  let copy: Record<string, unknown> | null = null;
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item !== 'object' && typeof item !== 'function' && typeof item !== 'symbol') continue;
    if (item === null) continue;
    const prepared = prepareItem(item, key, path, depth);
    if (prepared !== item) {
      copy ??= { ...value };
      copy[key] = prepared;
    }
  }
  return copy ?? value;
}

function prepareArray(value: unknown[], path: Path | null, depth: number): unknown {
  let copy: unknown[] | null = null;
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (typeof item !== 'object' && typeof item !== 'function' && typeof item !== 'symbol') continue;
    if (item === null) continue;
    const prepared = prepareItem(item, String(i), path, depth);
    if (prepared !== item) {
      copy ??= value.slice();
      copy[i] = prepared;
    }
  }
  return copy ?? value;
}

function prepareItem(item: unknown, key: string, path: Path | null, depth: number): unknown {
  if (typeof item === 'function' || typeof item === 'symbol') return boxClass(item) ?? refuse(item, pathKeys({ key, up: path }));
  if (typeof item !== 'object' || item === null) return item;
  return prepareObject(item, { key, up: path }, depth + 1);
}

/** Beside name, message and stack. */
const KEPT_OF_ERRORS = ['code', 'cause', 'reason', 'request', 'pid', 'detail'] as const;
function prepareBinary(value: ArrayBuffer | SharedArrayBuffer | ArrayBufferView, path: Path | null): unknown {
  if (attaching !== null) return attach(attaching, value) ?? value;
  if (!isShared(value)) return value;
  throw new MisuseError(
    'not_sendable',
    `${whereIs(path)} is shared memory, which processes of one node can share by sending it to each other, and no others`,
  );
}

function whereIs(path: Path | null): string {
  return path === null ? 'the message itself' : `message.${pathKeys(path).join('.')}`;
}

function prepareError(error: Error, path: Path | null, depth: number): ErrorBox {
  const fields: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  for (const key of KEPT_OF_ERRORS) {
    const value = (error as unknown as Record<string, unknown>)[key];
    if (value !== undefined) fields[key] = prepareItem(value, key, path, depth);
  }
  return new ErrorBox(fields as unknown as EncodedError);
}

/** Objects that msgpackr or an extension writes whole. */
function isLeaf(value: object): boolean {
  return (
    value instanceof ProcessId ||
    value instanceof Handle ||
    value instanceof Alias ||
    value instanceof RemoteAlias ||
    value instanceof ClusterVia ||
    value instanceof Request ||
    value instanceof RemoteFrom ||
    value instanceof Date ||
    value instanceof RegExp
  );
}

function pathKeys(path: Path | null): string[] {
  const keys: string[] = [];
  for (let at = path; at !== null; at = at.up) keys.unshift(at.key);
  return keys;
}

function refuse(value: unknown, keys: string[]): never {
  const what = typeof value === 'symbol' ? 'a symbol' : `the function '${(value as { name: string }).name || 'anonymous'}'`;
  const where = keys.length === 0 ? 'the message itself' : `message.${keys.join('.')}`;
  throw new MisuseError('not_sendable', `${where} is ${what}: expected plain data, which is all that can be sent to another process`);
}

function refuseBound(path: Path | null): never {
  const where = path === null ? 'the message itself' : `message.${pathKeys(path).join('.')}`;
  throw new MisuseError(
    'not_sendable',
    `${where} is a monitor or timer, which only its own thread knows: expected plain data, pids and references`,
  );
}

function tooDeep(path: Path | null): MisuseError {
  const keys = pathKeys(path);
  return new MisuseError(
    'not_sendable',
    `message.${keys.slice(0, 4).join('.')}... is nested deeper than ${MAX_DEPTH} levels: expected plain data without cycles`,
  );
}

/** What a class of a sibling package is on the wire: plain data and pids. */
export interface Sendable<T, D> {
  readonly Class: new (...args: never[]) => T;
  /** From 16 on; what one number means never changes. */
  readonly type: number;
  write(value: T): D;
  read(data: D): T;
}

/** Lets instances of a class travel between threads and nodes. `write` must not answer anything that `read` could not take. */
export function makeSendable<T, D>({ Class, type, write, read }: Sendable<T, D>): void {
  addExtension({ Class: Class as never, type, write, read });
}

// ---------------------------------------------------------------- extensions (global in msgpackr, hence the variable)

let decodingFor: Kernel | null = null;

function decoding(): Kernel {
  if (decodingFor === null) throw new MisuseError('badarg', 'a pid can be decoded by a kernel only');
  return decodingFor;
}

type EncodedPid = [node: string, incarnation: number, thread: number, serial: number];

/** The address of what was encoded as its thread and a number there. */
function readPlace(encoded: EncodedPid, what: string): Address {
  const [node, incarnation, thread, number] = encoded;
  if (
    typeof node !== 'string' ||
    node.length > MAX_NAME_LENGTH ||
    ![incarnation, thread, number].every((n) => Number.isSafeInteger(n) && n >= 0)
  ) {
    throw new MisuseError('badarg', `malformed ${what}`);
  }
  return decoding().address(node, incarnation, thread);
}

addExtension({
  Class: ProcessId,
  type: PID,
  write: (pid: ProcessId): EncodedPid => [pid.at.node, pid.at.incarnation, pid.at.thread, pid.serial],
  read: (encoded: EncodedPid): ProcessId => decoding().pid(readPlace(encoded, 'pid'), encoded[3]),
});

/** Of the names that can travel. */
function isNameObject(target: unknown): boolean {
  if (typeof target !== 'object' || target === null) return false;
  const { node, name, via, key } = target as { readonly [key: string]: unknown };
  return (typeof node === 'string' && typeof name === 'string') || (via instanceof ClusterVia && typeof key === 'string');
}

addExtension({ Class: ClusterVia, type: CLUSTER_VIA, write: (): null => null, read: (): ClusterVia => clusterVia });

function encodeAlias({ at, id }: { readonly at: Address; readonly id: number }): EncodedPid {
  return [at.node, at.incarnation, at.thread, id];
}

function readAlias(encoded: EncodedPid): Alias | RemoteAlias {
  const at = readPlace(encoded, 'alias');
  const [, , , id] = encoded;
  const own = at === at.kernel.here ? at.kernel.aliases.get(id) : undefined;
  return own instanceof Alias ? own : new RemoteAlias(at, id);
}

addExtension({
  Class: Alias,
  type: ALIAS,
  write: (alias: Alias): EncodedPid => {
    alias.publish();
    return encodeAlias({ at: alias.kernel.here, id: alias.id });
  },
  read: readAlias,
});

addExtension({ Class: RemoteAlias, type: ALIAS, write: encodeAlias, read: readAlias });

function readFrom(encoded: EncodedPid): Request | RemoteFrom {
  const at = readPlace(encoded, 'caller');
  const [, , , id] = encoded;
  const own = at === at.kernel.here ? at.kernel.aliases.get(id) : undefined;
  return own instanceof SentFrom ? own.request : new RemoteFrom(at, id);
}

addExtension({
  Class: Request,
  type: FROM,
  write: (request: Request): EncodedPid => {
    const kernel = encodingFor as Kernel;
    // One that is over has no number: its answer would go nowhere.
    return encodeAlias({ at: kernel.here, id: request.answered ? 0 : request.sentFrom(kernel).id });
  },
  read: readFrom,
});

addExtension({ Class: RemoteFrom, type: FROM, write: encodeAlias, read: readFrom });

addExtension({
  Class: Handle,
  type: HANDLE,
  write: (handle: Handle): unknown => {
    if (typeof handle.target === 'object' && 'via' in handle.target && !(handle.target.via instanceof ClusterVia)) {
      throw new MisuseError('not_sendable', `a reference ${handle} is resolved by a registry of this thread: send the pid instead`);
    }
    return [handle.target, handle.timeoutMs ?? null];
  },
  read: ([target, timeoutMs]: [ProcessId | Name, number | null]): Handle => {
    const named = typeof target === 'string' || isNameObject(target);
    if ((!named && !(target instanceof ProcessId)) || (timeoutMs !== null && typeof timeoutMs !== 'number')) {
      throw new MisuseError('badarg', 'malformed reference');
    }
    return new Handle(decoding(), target, timeoutMs ?? undefined);
  },
});

interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly reason?: unknown;
  readonly request?: unknown;
  readonly pid?: unknown;
  readonly detail?: unknown;
}

addExtension({
  Class: ErrorBox,
  type: ERROR,
  write: (box: ErrorBox): EncodedError => box.fields,
  read: (encoded: EncodedError): Error => {
    const error = reviveError(encoded);
    if (typeof encoded.stack === 'string') error.stack = encoded.stack;
    return error;
  },
});

function reviveError(encoded: EncodedError): Error {
  const { name, message, cause, code, reason, request } = encoded;
  if (name === 'CallError') {
    const error = new CallError(code as CallErrorCode, reason as string, String(request));
    error.message = message;
    return error;
  }
  if (name === 'TaskError') return new TaskError(code as TaskErrorCode, reason as string);
  const error = new Error(message, cause === undefined ? {} : { cause });
  const Class = KNOWN_ERRORS[name];
  if (Class !== undefined) Object.setPrototypeOf(error, Class.prototype);
  for (const key of KEPT_OF_ERRORS) if (key !== 'cause' && encoded[key] !== undefined) Object.assign(error, { [key]: encoded[key] });
  error.name = name;
  return error;
}

const KNOWN_ERRORS: { readonly [name: string]: { readonly prototype: Error } } = Object.assign(Object.create(null), {
  MisuseError,
  StartError,
});

addExtension({
  Class: MapBox,
  type: MAP,
  write: (box: MapBox): unknown[] => box.entries,
  read: (entries: unknown[]): Map<unknown, unknown> => {
    const map = new Map<unknown, unknown>();
    for (let i = 0; i + 1 < entries.length; i += 2) map.set(entries[i], entries[i + 1]);
    return map;
  },
});

addExtension({
  Class: ClassBox,
  type: CLASS,
  write: (box: ClassBox): string => box.name,
  read: (name: string): Launchable => {
    if (reach === 'nodes') throw new MisuseError('badarg', 'a process class came from another node');
    return classByName(name) ?? classElsewhere(name);
  },
});

addExtension({
  Class: AttachedBox,
  type: ATTACHED,
  write: (box: AttachedBox): number => box.index,
  read: (index: number): unknown => {
    if (!(index in attachedValues)) throw new MisuseError('badarg', 'a message came without what was attached to it');
    return attachedValue(attachedValues[index]);
  },
});
