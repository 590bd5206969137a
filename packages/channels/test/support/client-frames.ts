// The client's side of the binary frames, written from the protocol's description, not from the server's code.

const text = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a client sends: kind 0, four lengths, the texts, the data. */
export function clientPush(joinRef: string, ref: string, topic: string, event: string, data: Uint8Array): Uint8Array {
  const fields = [joinRef, ref, topic, event].map((field) => text.encode(field));
  return new Uint8Array([0, ...fields.map((field) => field.length), ...fields.flatMap((field) => [...field]), ...data]);
}

/** Names of the texts in each kind of frame that a server sends. */
const KINDS = [
  ['joinRef', 'topic', 'event'],
  ['joinRef', 'ref', 'topic', 'status'],
  ['topic', 'event'],
] as const;

/** What a client makes of a server's binary frame. */
export function readServerFrame(frame: Uint8Array): { [field: string]: unknown } {
  const names = KINDS[frame[0] as number];
  if (names === undefined) throw new Error(`no kind ${frame[0]}`);
  const read: { [field: string]: unknown } = { kind: frame[0] };
  let at = 1 + names.length;
  for (const [i, name] of names.entries()) {
    const length = frame[1 + i] as number;
    read[name] = utf8.decode(frame.subarray(at, at + length));
    at += length;
  }
  return { ...read, data: [...frame.subarray(at)] };
}
