/** What is nested deeper is no message. */
const MAX_DEPTH = 64;

/**
 * Whether the bytes are one MessagePack value that JSON could say too, or bytes: numbers, texts, lists, maps, no extensions.
 * Decoders make all sorts of things of extensions, which a client should not be able to choose.
 */
export function isPlain(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  /** Where the value at `at` ends; -1 if it is not plain or not whole. */
  const end = (at: number, depth: number): number => {
    if (at >= bytes.length || depth > MAX_DEPTH) return -1;
    const token = view.getUint8(at);
    if (token < 0x80 || token >= 0xe0) return at + 1;
    if (token < 0x90) return items(at + 1, (token & 15) * 2, depth);
    if (token < 0xa0) return items(at + 1, token & 15, depth);
    if (token < 0xc0) return within(at + 1 + (token & 31));
    switch (token) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return at + 1;
      case 0xcc: // 8 bits
      case 0xd0:
        return within(at + 2);
      case 0xcd: // 16 bits
      case 0xd1:
        return within(at + 3);
      case 0xca: // 32 bits
      case 0xce:
      case 0xd2:
        return within(at + 5);
      case 0xcb: // 64 bits
      case 0xcf:
      case 0xd3:
        return within(at + 9);
      case 0xc4: // bytes
      case 0xd9: // text
        return at + 2 > bytes.length ? -1 : within(at + 2 + view.getUint8(at + 1));
      case 0xc5:
      case 0xda:
        return at + 3 > bytes.length ? -1 : within(at + 3 + view.getUint16(at + 1));
      case 0xc6:
      case 0xdb:
        return at + 5 > bytes.length ? -1 : within(at + 5 + view.getUint32(at + 1));
      case 0xdc: // list
        return at + 3 > bytes.length ? -1 : items(at + 3, view.getUint16(at + 1), depth);
      case 0xdd:
        return at + 5 > bytes.length ? -1 : items(at + 5, view.getUint32(at + 1), depth);
      case 0xde: // map
        return at + 3 > bytes.length ? -1 : items(at + 3, view.getUint16(at + 1) * 2, depth);
      case 0xdf:
        return at + 5 > bytes.length ? -1 : items(at + 5, view.getUint32(at + 1) * 2, depth);
      default:
        return -1;
    }
  };
  const items = (at: number, count: number, depth: number): number => {
    for (let left = count; left > 0 && at >= 0; left--) at = end(at, depth + 1);
    return at;
  };
  const within = (at: number): number => (at <= bytes.length ? at : -1);
  return end(0, 0) === bytes.length;
}
