import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../user-error.js';
import { type Problem, typeErrors } from './problems.js';

const WATCHED = ['src', 'client', 'test', 'public'];
/** Editors write a file in several steps: what comes within this time is one change. */
const PAUSE_MS = 20;

export interface Pass {
  readonly problems: readonly Problem[];
  /** The compiler's whole output. */
  readonly output: string;
}

/** Compiles with the app's own compiler, at once and after each change of its sources. A pass is told when it is over. */
export class Compiler {
  readonly #cwd: string;
  readonly #tsc: string;
  readonly #done: (pass: Pass) => void;
  readonly #watchers: FSWatcher[];
  #running: ChildProcess | null = null;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(cwd: string, tsc: string, done: (pass: Pass) => void) {
    this.#cwd = cwd;
    this.#tsc = tsc;
    this.#done = done;
    const folders = WATCHED.map((folder) => join(cwd, folder)).filter((folder) => existsSync(folder));
    // The compiler's own watch mode looks every few seconds; the system tells at once.
    this.#watchers = folders.map((folder) => watch(folder, { recursive: true }, () => this.#changed()));
    this.#compile();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
    this.#running?.kill();
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#compile(), PAUSE_MS);
  }

  #compile(): void {
    if (this.#running !== null) {
      this.#again = true;
      return;
    }
    this.#again = false;
    let output = '';
    const child = spawn(process.execPath, [this.#tsc, '-b', '--pretty', 'false'], { cwd: this.#cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('close', (code) => {
      this.#running = null;
      if (this.#closed) return;
      if (this.#again)
        this.#compile(); // what it found is old already
      else this.#done({ problems: code === 0 ? [] : problemsOf(output), output });
    });
  }
}

/** A compiler that fails says why, though not always with a place. */
function problemsOf(output: string): Problem[] {
  const found = typeErrors(output);
  return found.length > 0 ? found : [{ kind: 'types', file: undefined, line: undefined, column: undefined, message: output.trim() }];
}

/** The program of the compiler that an app has. Throws a `UserError` where there is none. */
export function compilerOf(cwd: string): string {
  try {
    const manifest = createRequire(join(cwd, 'package.json')).resolve('typescript/package.json');
    return join(dirname(manifest), 'bin/tsc');
  } catch {
    throw new UserError(1, `Expected typescript to be installed in ${cwd}: install the app's dependencies first.`);
  }
}
