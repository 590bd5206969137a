/** What makes one text of another: from line `from` on, `removed` lines give way to `added`. */
export interface Patch {
  readonly from: number;
  readonly removed: number;
  readonly added: readonly string[];
}

/** One patch, from the first line that differs to the last; undefined if none does. */
export function patchBetween(before: readonly string[], after: readonly string[]): Patch | undefined {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  if (from === before.length && from === after.length) return undefined;
  let same = 0;
  while (same < shorter - from && before.at(-1 - same) === after.at(-1 - same)) same++;
  return { from, removed: before.length - same - from, added: after.slice(from, after.length - same) };
}
