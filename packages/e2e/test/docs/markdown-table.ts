/** A row of a table, by the heads of its columns. */
export type Row = { readonly [head: string]: string };

/** All rows of all tables of a page. */
export function rowsOf(page: string): Row[] {
  let heads: string[] | undefined;
  return page.split('\n').flatMap((line) => {
    if (!line.startsWith('|')) {
      heads = undefined;
      return [];
    }
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (heads === undefined) {
      heads = cells;
      return [];
    }
    if (cells.every((cell) => /^:?-+:?$/.test(cell))) return [];
    return [Object.fromEntries(heads.map((head, i) => [head, cells[i] ?? '']))];
  });
}

/** The parts of a page below its headings of the second level, by heading. */
export function sectionsOf(page: string): { readonly [heading: string]: string } {
  const [, ...parts] = page.split(/^## /m);
  return Object.fromEntries(parts.map((part) => [part.split('\n', 1)[0] ?? '', part]));
}
