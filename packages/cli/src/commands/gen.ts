import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from '../command.js';
import { generators, type Plan } from '../generate/generators.js';
import { inserted } from '../generate/insert.js';
import { namesOf } from '../generate/names.js';
import { UserError } from '../user-error.js';

const kinds = Object.keys(generators);

export const gen: Command = {
  usage: `gen ${kinds.join('|')} NAME [--dry]`,
  summary: 'writes a part of the app and its test, and puts it into the tree and the routes',
  options: { dry: { type: 'boolean' } },
  words: [2, 2],
  async run({ positionals: [kind = '', name = ''], values: { dry } }, { cwd, print }) {
    const generator = Object.hasOwn(generators, kind) ? generators[kind] : undefined;
    if (generator === undefined) throw new UserError(2, `gen: expected ${kinds.join(', ')}, got '${kind}'.`);
    if (!existsSync(join(cwd, 'src'))) throw new UserError(1, `Expected an app in ${cwd}, there is no src folder.`);
    const steps = stepsOf(generator.plan(namesOf(name, generator.suffix)), cwd);
    for (const { path, text, what } of steps) {
      print(`${what.padEnd(7)} ${path}`);
      if (text === undefined || dry === true) continue;
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    if (dry === true) print('Nothing was written.');
    return 0;
  },
};

interface Step {
  readonly path: string;
  /** What is to be written; undefined: nothing. */
  readonly text?: string;
  readonly what: 'new' | 'changed' | 'same' | 'kept' | 'by hand';
}

/** What has to be done. All is read before anything is written, and a file of yours is never overwritten. */
function stepsOf({ files, insertions }: Plan, cwd: string): Step[] {
  const made = Object.entries(files).map(([path, text]): Step => {
    if (!existsSync(join(cwd, path))) return { path, text, what: 'new' };
    return { path, what: readFileSync(join(cwd, path), 'utf8') === text ? 'same' : 'kept' };
  });
  const changed = insertions.map((insertion): Step => {
    const { file, import: line, after, entry } = insertion;
    const before = existsSync(join(cwd, file)) ? readFileSync(join(cwd, file), 'utf8') : undefined;
    const text = before === undefined ? undefined : inserted(before, insertion);
    if (text === undefined) return { path: `${file}: it has no '${after}', add ${entry} and ${line}`, what: 'by hand' };
    return text === before ? { path: file, what: 'same' } : { path: file, text, what: 'changed' };
  });
  return [...made, ...changed];
}
