const PLACES = 64;
/** What is longer is not looked for: comparing it would take as long as decoding it. */
const MAX_BYTES = 64;

/** Texts that come again and again as UTF-8, so that each is made once: comparing short ones takes a fraction of decoding them. */
export class RecentTexts {
  readonly #bytes: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(PLACES).fill(undefined);
  readonly #texts: string[] = new Array<string>(PLACES).fill('');

  /** The text of `from[start, end)`. */
  text(from: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0 || length > MAX_BYTES) return from.toString('utf8', start, end);
    // Numbered topics differ at their end.
    const place = (length + 7 * (from[end - 1] as number) + 31 * (from[start + (length >> 1)] as number)) & (PLACES - 1);
    const known = this.#bytes[place];
    if (known !== undefined && known.length === length && same(from, start, known)) return this.#texts[place] as string;
    const text = from.toString('utf8', start, end);
    this.#bytes[place] = Uint8Array.from(from.subarray(start, end));
    this.#texts[place] = text;
    return text;
  }
}

function same(from: Uint8Array, start: number, known: Uint8Array): boolean {
  for (let i = 0; i < known.length; i++) if (from[start + i] !== known[i]) return false;
  return true;
}
