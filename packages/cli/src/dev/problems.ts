/** Something wrong, with where in the source it is. */
export interface Problem {
  readonly kind: 'types' | 'crash';
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

const TYPE_ERROR = /^(.+?)(?:\((\d+),(\d+)\)|:(\d+):(\d+))(?::| -) error (TS\d+: .*)$/;
const FRAME = /\(?(?:file:\/\/)?(\/[^\s()]+?\.[cm]?[jt]sx?):(\d+):(\d+)\)?\s*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how colours begin
const COLOURS = /\x1b\[[0-9;]*[A-Za-z]/g;

/** The errors in what the compiler has printed. */
export function typeErrors(output: string): Problem[] {
  return output
    .replace(COLOURS, '')
    .split('\n')
    .flatMap((text) => {
      const [, file, line, column, line2, column2, message] = TYPE_ERROR.exec(text.trimEnd()) ?? [];
      if (message === undefined) return [];
      return [{ kind: 'types' as const, file, line: Number(line ?? line2), column: Number(column ?? column2), message }];
    });
}

/** The crashes in what the app has printed: of each its first line, and the first place in a file that is no library's. */
export function crashesOf(text: string, isLibrary: (file: string) => boolean): Problem[] {
  const lines = text.split('\n');
  const starts = [...lines.keys()].filter((at) => / crashed: |^\w*Error: |^Uncaught |giving up: /.test(lines[at] as string));
  return starts.map((at, i) => crash(lines.slice(at, starts[i + 1]), isLibrary));
}

function crash([first = '', ...frames]: string[], isLibrary: (file: string) => boolean): Problem {
  const message = first.replace(/^\d{4}-\d\d-\d\dT\S+ \[\w+\] /, '').trim();
  for (const line of frames) {
    const [, file, row, column] = FRAME.exec(line) ?? [];
    if (file !== undefined && !isLibrary(file)) return { kind: 'crash', file, line: Number(row), column: Number(column), message };
  }
  return { kind: 'crash', file: undefined, line: undefined, column: undefined, message };
}
