/** Events of NATS are below that; this one is of somebody else. */
const MAX_BYTES = 65_536;

/** The name of the connection that has ended; undefined for what is no such event. */
export function disconnected(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  try {
    const { client } = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')) as {
      client?: { name?: unknown };
    };
    return typeof client?.name === 'string' ? client.name : undefined;
  } catch {
    return undefined;
  }
}
