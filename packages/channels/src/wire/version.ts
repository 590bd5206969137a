import type { Serializer } from './message.js';
import { v1 } from './v1.js';
import { v2 } from './v2.js';

/** The serializer for the client's `vsn`; absent means 1.0.0. Null when it is none that we speak. */
export function serializerFor(vsn: unknown): Serializer | null {
  if (vsn === undefined) return v1;
  const version = typeof vsn === 'string' ? /^([12])\.0\.\d+$/.exec(vsn) : null;
  if (version === null) return null;
  return version[1] === '1' ? v1 : v2;
}
