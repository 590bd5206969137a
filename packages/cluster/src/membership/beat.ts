import { isNodeName } from '../options.js';

/** What a node says of itself twice a second. Later versions add fields; unknown ones are ignored. */
export interface Beat {
  readonly node: string;
  readonly incarnation: number;
  /** Tells two processes apart that were started under one name in the same millisecond. */
  readonly run: string;
  /** The last one: it has nothing more to say and expects nothing. */
  readonly leaving: boolean;
}

const MAX_BYTES = 4096;

export function encodeBeat({ node, incarnation, run, leaving }: Beat): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, node, inc: incarnation, run, ...(leaving ? { leaving } : {}) }));
}

/** Undefined for what is no heartbeat of `node`. */
export function decodeBeat(bytes: Uint8Array, node: string): Beat | undefined {
  const value = decodeJson(bytes);
  if (value === undefined || value.v !== 1 || value.node !== node || !isNodeName(node)) return undefined;
  const { inc, run } = value;
  if (!isIncarnation(inc) || typeof run !== 'string') return undefined;
  return { node, incarnation: inc, run, leaving: value.leaving === true };
}

/** The body of a HELLO frame. */
export function encodeHello(incarnation: number): Buffer {
  return Buffer.from(JSON.stringify({ inc: incarnation }));
}

export function decodeHello(bytes: Uint8Array): number | undefined {
  const inc = decodeJson(bytes)?.inc;
  return isIncarnation(inc) ? inc : undefined;
}

function isIncarnation(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function decodeJson(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
