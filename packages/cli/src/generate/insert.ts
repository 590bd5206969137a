/** What a generator puts into a file that is there. */
export interface Insertion {
  readonly file: string;
  /** A whole line. */
  readonly import: string;
  /** What opens the list: `children: [`, `routes({`, `sockets: {`. */
  readonly after: string;
  /** The entry, with its comma. */
  readonly entry: string;
  /** If the file has this already, nothing is to be done. */
  readonly unless: string;
}

const CLOSING: { readonly [open: string]: string } = { '[': ']', '{': '}', '(': ')' };

/** The file with the entry at the end of the list; undefined if there is no such list. The same text if the entry is there. */
export function inserted(text: string, { import: line, after, entry, unless }: Insertion): string | undefined {
  if (text.includes(unless)) return text;
  const start = text.indexOf(after);
  if (start < 0) return undefined;
  const open = start + after.length - 1;
  const end = closingAt(text, open);
  if (end === undefined) return undefined;
  const inside = text.slice(open + 1, end).trimEnd();
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', start) + 1))?.[0] ?? '';
  const comma = inside.trim() === '' || inside.endsWith(',') ? '' : ',';
  const kept = inside.includes('\n') || inside.trim() === '' ? inside : `\n${indent}  ${inside.trim()}`;
  const list = `${kept}${comma}\n${indent}  ${entry}\n${indent}`;
  return withImport(`${text.slice(0, open + 1)}${list}${text.slice(end)}`, line);
}

/** Where the bracket at `open` is closed; text in quotes and comments do not count. */
function closingAt(text: string, open: number): number | undefined {
  const stack: string[] = [];
  for (let at = open; at < text.length; at++) {
    const letter = text[at] as string;
    const next = text[at + 1];
    if (letter === '/' && (next === '/' || next === '*')) at = (next === '/' ? text.indexOf('\n', at) : text.indexOf('*/', at) + 1) - 0;
    else if (letter === "'" || letter === '"' || letter === '`') at = quoteEnd(text, at);
    else if (letter in CLOSING) stack.push(CLOSING[letter] as string);
    else if (letter === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return at;
    }
    if (at < open) return undefined; // a comment or quote that does not end
  }
  return undefined;
}

function quoteEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[start]) return at;
  }
  return -1;
}

/** Behind the last import. */
function withImport(text: string, line: string): string {
  const imports = [...text.matchAll(/^import [\s\S]*?;$/gm)];
  const last = imports.at(-1);
  if (last === undefined) return `${line}\n\n${text}`;
  const end = (last.index ?? 0) + last[0].length;
  return `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}
