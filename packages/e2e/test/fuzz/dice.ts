/** Random numbers that a seed determines. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Evenly in [0, 1). The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }

  hex(digits: number): string {
    return this.bytes(digits / 2).toString('hex');
  }
}

/** The same bytes with a few of them changed, taken away, added or doubled. */
export function mutated(dice: Dice, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = dice.below(result.length + 1);
    const length = dice.below(Math.min(16, result.length - at) + 1);
    const [before, cut, after] = [result.subarray(0, at), result.subarray(at, at + length), result.subarray(at + length)];
    switch (dice.below(4)) {
      case 0:
        result = Buffer.concat([before, after]);
        break;
      case 1:
        result = Buffer.concat([before, cut, cut, after]);
        break;
      case 2:
        result = Buffer.concat([before, dice.bytes(length), after]);
        break;
      default:
        if (at < result.length) result[at] = (result[at] as number) ^ (1 << dice.below(8));
    }
  }
  return result;
}
