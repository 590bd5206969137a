import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../user-error.js';
import { type Problem, typeErrors } from './problems.js';

/** The compiler says so when a pass is over, whatever it found. */
const PASS_OVER = /Found (\d+) errors?\. Watching for file changes/;

/** The app's own compiler, which watches its sources. `done` is called after each pass. */
export function watchTypes(cwd: string, done: (problems: Problem[]) => void): ChildProcess {
  let output = '';
  const child = spawn(process.execPath, [tscOf(cwd), '-b', '--watch', '--preserveWatchOutput', '--pretty', 'false'], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    output += text;
    for (let over = PASS_OVER.exec(output); over !== null; over = PASS_OVER.exec(output)) {
      const pass = output.slice(0, over.index);
      output = output.slice(over.index + over[0].length);
      done(typeErrors(pass));
    }
  });
  return child;
}

function tscOf(cwd: string): string {
  try {
    const manifest = createRequire(join(cwd, 'package.json')).resolve('typescript/package.json');
    return join(dirname(manifest), 'bin/tsc');
  } catch {
    throw new UserError(1, `Expected typescript to be installed in ${cwd}: install the app's dependencies first.`);
  }
}
