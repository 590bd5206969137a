/** What is asked of a running node: one line of JSON, answered with one. */
export type Question = { readonly ask: 'tree' } | { readonly ask: 'status' } | { readonly ask: 'evaluate'; readonly code: string };

export type Answer = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string };

/** Calls `heard` with each line of a stream, without its end. */
export function readLines(stream: NodeJS.ReadableStream, heard: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) heard(line);
  });
}
