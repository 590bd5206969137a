import { CallError, type ExitReason, MisuseError, type Pid, StartError } from '@rekindle/kernel';
import type { Json } from './json.js';

/** Erlang's `error(R)`: what a JavaScript program throws as an `Error`. Name and reason survive the way to another thread. */
export class Raised extends Error {
  override readonly name = 'Raised';
  readonly reason: Json;
  constructor(reason: Json) {
    super(JSON.stringify(reason));
    this.reason = reason;
  }
}

/** The start function itself answers `{error, R}`, or something that is no answer: either way nothing was started. */
export interface StartRefused {
  readonly start_refused: unknown;
}

/** Labels of processes and references, for printing. */
export interface Labels {
  label(pid: Pid): string;
}

/** A scenario's value as Rekindle would have it: `{shutdown, X}` is `{ shutdown: X }`, other tuples stay as they are. */
export function decode(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(decode);
  const { t } = value;
  if (Array.isArray(t)) return t.length === 2 && t[0] === 'shutdown' ? { shutdown: decode(t[1] as Json) } : { t: t.map(decode) };
  return value;
}

export function decodeReason(value: Json): ExitReason {
  return decode(value) as ExitReason;
}

/** A value of ours as the recordings print it. */
export function encode(value: unknown, labels: Labels): Json {
  if (value === undefined || value === null) return 'undefined';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item) => encode(item, labels));
  if (isPid(value)) return { pid: labels.label(value) };
  if (value instanceof Error && value.name === 'Raised') return { error: encode((value as Raised).reason, labels) };
  if (value instanceof CallError) return { call_exit: encode(value.code === 'exit' ? value.reason : value.code, labels) };
  if (value instanceof StartError) return encodeStartError(value, labels);
  if (value instanceof MisuseError) return encode(value.detail ?? value.message, labels);
  if (value instanceof Error) return { error: value.message };
  return encodeTuple(value as Record<string, unknown>, labels);
}

function encodeTuple(value: Record<string, unknown>, labels: Labels): Json {
  const tuple = (...items: unknown[]): Json => ({ t: items.map((item) => encode(item, labels)) });
  if (Array.isArray(value.t)) return tuple(...(value.t as unknown[]));
  if ('start_refused' in value) return encode((value as unknown as StartRefused).start_refused, labels);
  if ('failed_to_start_child' in value) return tuple('failed_to_start_child', value.failed_to_start_child, value.reason);
  // A class without such a request, or without `handleContinue`: a module that lacks the callback.
  if ('bad_call' in value || 'bad_cast' in value || 'bad_continue' in value) return { error: 'undef' };
  if ('nocatch' in value) return { error: tuple('nocatch', value.nocatch) };
  if ('bad_combination' in value) {
    return { t: ['bad_combination', (value.bad_combination as unknown[][]).map((pair) => tuple(...pair))] };
  }
  const [entry] = Object.entries(value);
  if (entry === undefined) return {};
  return tuple(entry[0], entry[1]);
}

export function encodeStartError(error: { code: string; reason: unknown; pid?: Pid | undefined }, labels: Labels): Json {
  if (error.code === 'already_started') return { t: ['already_started', encode(error.pid, labels)] };
  if (error.code === 'init_failed' || error.code === 'bad_child_spec') return encode(error.reason, labels);
  return error.code;
}

function isPid(value: unknown): value is Pid {
  return typeof value === 'object' && value !== null && 'serial' in value && 'thread' in value;
}
