import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CTRL_C, DOWN, ENTER, Terminal } from './support/terminal.js';

const cli = `${root}/packages/create-realtime-app/dist/index.js`;

let folder: TempFolder;
beforeEach(() => {
  folder = tempFolder('questions');
});
afterEach(() => folder.remove());

const create = (args = '') => new Terminal(`'${process.execPath}' '${cli}' ${args}`, folder.path);

const NAME = /What is the app called\?/;
const TEMPLATE = /What does it begin as\?/;
const FEATURES = /What else\?/;
const MANAGER = /Which package manager\?/;
const INSTALL = /Install the dependencies now\?/;
const GIT = /Make a git repository\?/;

describe('at a terminal', () => {
  it('asks for everything', async () => {
    const terminal = create();
    await terminal.answer(NAME, `my-chat${ENTER}`);
    await terminal.answer(TEMPLATE, DOWN + ENTER);
    await terminal.answer(FEATURES, ` ${ENTER}`);
    await terminal.answer(MANAGER, DOWN + ENTER);
    await terminal.answer(INSTALL, `n`);
    await terminal.answer(GIT, 'y');
    expect(await terminal.child.exited).toEqual({ code: 0, signal: null });
    expect(terminal.child.output).toMatch(/cd my-chat\s+pnpm install\s+pnpm dev\s+$/);
    expect(readdirSync(`${folder.path}/my-chat`)).toEqual(expect.arrayContaining(['.git', 'pnpm-workspace.yaml', 'src']));
    expect(readdirSync(`${folder.path}/my-chat/client`)).toContain('people.ts');
    expect(readdirSync(`${folder.path}/my-chat/src`)).toContain('counter.ts');
  });

  it('asks for what the command line leaves open', async () => {
    const terminal = create('my-chat --template chat --auth --pm npm --no-git');
    await terminal.answer(INSTALL, 'n');
    expect(await terminal.child.exited).toEqual({ code: 0, signal: null });
    for (const question of [NAME, TEMPLATE, FEATURES]) expect(terminal.child.output).not.toMatch(question);
    expect(terminal.child.output).not.toMatch(MANAGER);
    expect(terminal.child.output).not.toMatch(GIT);
    expect(readdirSync(`${folder.path}/my-chat`)).not.toContain('.git');
  });

  it('offers a name', async () => {
    const terminal = create('--template chat --presence --pm npm --no-install --no-git');
    await terminal.answer(NAME, ENTER);
    expect(await terminal.child.exited).toEqual({ code: 0, signal: null });
    const { name } = JSON.parse(readFileSync(`${folder.path}/my-realtime-app/package.json`, 'utf8')) as { name: string };
    expect(name).toBe('my-realtime-app');
  });

  it('asks again for a name that will not do', async () => {
    mkdirSync(`${folder.path}/full`);
    writeFileSync(`${folder.path}/full/notes.txt`, 'mine');
    const terminal = create('--template chat --presence --pm npm --no-install --no-git');
    await terminal.answer(NAME, `full${ENTER}`);
    await terminal.answer(/is not empty, it holds 'notes\.txt'/, `-2${ENTER}`);
    expect(await terminal.child.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(folder.path).sort()).toEqual(['full', 'full-2']);
  });

  it('makes nothing when it is cancelled', async () => {
    const terminal = create('my-chat --template chat --presence --pm npm');
    await terminal.answer(INSTALL, CTRL_C);
    expect(await terminal.child.exited).toEqual({ code: 1, signal: null });
    expect(terminal.child.output).toContain('Nothing was made.');
    expect(terminal.child.output).not.toContain('    at ');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('asks nothing with -y', async () => {
    const terminal = create('my-chat -y --no-install');
    expect(await terminal.child.exited).toEqual({ code: 0, signal: null });
    expect(terminal.child.output).not.toContain('?');
    expect(readdirSync(`${folder.path}/my-chat`)).toContain('.git');
  });
});
