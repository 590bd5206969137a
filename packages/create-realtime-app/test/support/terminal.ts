import { spawn } from 'node:child_process';
import { Child } from '@rekindle/e2e';

/** A program in a terminal, made by `script`, and a hand on its keyboard. */
export class Terminal {
  readonly child: Child;
  readonly #keyboard: NodeJS.WritableStream;
  /** Where in the output to look for the next question. */
  #read = 0;

  constructor(command: string, cwd: string) {
    const env = { ...process.env, TERM: 'xterm', npm_config_user_agent: undefined };
    // A new one has no width, and every letter would stand on a line of its own.
    const sized = `stty cols 200 rows 50; ${command}`;
    const spawned = spawn('script', ['-qec', sized, '/dev/null'], { cwd, env, detached: true, stdio: 'pipe' });
    this.child = new Child(spawned, spawned.pid as number, command, undefined);
    this.#keyboard = spawned.stdin;
  }

  /** Waits until the program has asked, then types. */
  async answer(question: RegExp, keys: string): Promise<void> {
    await this.child.waitFor(question, { from: this.#read });
    this.#read = this.child.output.length;
    this.#keyboard.write(keys);
  }
}

export const ENTER = '\r';
export const DOWN = '\x1b[B';
export const CTRL_C = '\x03';
