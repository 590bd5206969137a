import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const cli = `${root}/packages/create-realtime-app/dist/index.js`;

let folder: TempFolder;
beforeEach(() => {
  folder = tempFolder('bad-input');
  mkdirSync(`${folder.path}/full`);
  writeFileSync(`${folder.path}/full/notes.txt`, 'mine');
  mkdirSync(`${folder.path}/repository/.git`, { recursive: true });
});
afterEach(() => folder.remove());

/** Without a terminal, as all children here. */
async function create(...args: string[]) {
  const child = await startNode(cli, args, { cwd: folder.path, env: { npm_config_user_agent: undefined } });
  const { code } = await child.exited;
  return { code, output: child.output };
}

it('a Node that is too old ends it with one line', async () => {
  const child = await startNode('--require', [`${root}/packages/e2e/test/pretend/old-node.cjs`, cli, 'app', '-y'], { cwd: folder.path });
  expect(await child.exited).toEqual({ code: 1, signal: null });
  expect(child.output).toBe('create-realtime-app needs Node 20.19 or newer, this is 18.20.0.\n');
  expect(made()).toEqual([]);
});

const made = () => readdirSync(folder.path).filter((name) => name !== 'full' && name !== 'repository');
const HERE = '<here>';

describe('a command that makes no sense ends with code 2 and one line', () => {
  it.each([
    [['--fast'], "Unknown option '--fast'. Run it with --help to see what there is."],
    [['-x'], "Unknown option '-x'. Run it with --help to see what there is."],
    [['app', '--pm'], "Option '--pm <value>' argument missing. Run it with --help to see what there is."],
    [['app', '--pm', 'deno'], "--pm: expected npm, pnpm, yarn, bun, got 'deno'."],
    [['app', '--template', 'shop'], "--template: expected chat, minimal, tracker, got 'shop'."],
    [['app', '--template'], "Option '--template <value>' argument missing. Run it with --help to see what there is."],
    [['app', '--yes=no'], "Option '-y, --yes' does not take an argument. Run it with --help to see what there is."],
    [['my', 'app'], 'Expected one name, got 2: my app. Run it with --help to see what there is.'],
    [['My-App', '-y'], "'My-App' cannot be the app's name: name can no longer contain capital letters."],
    [['a b', '-y'], "'a b' cannot be the app's name: name can only contain URL-friendly characters."],
    [['http', '-y'], "'http' cannot be the app's name: http is a core module name."],
    [['zod', '-y'], "'zod' cannot be the app's name: the app itself depends on a package of that name."],
    [['app'], 'There is no terminal to ask on: give --pm, --no-install or --install, --no-git or --git, or -y for the defaults.'],
    [['--pm', 'npm', '--install', '--git'], 'There is no terminal to ask on: give a name, or -y for the defaults.'],
  ])('%j', async (args, sentence) => {
    expect(await create(...args)).toEqual({ code: 2, output: `create-realtime-app: ${sentence}\n` });
    expect(made()).toEqual([]);
  });
});

describe('an app that cannot be made ends with code 1 and one line', () => {
  it.each([
    [['full', '-y'], `The folder '${HERE}/full' is not empty, it holds 'notes.txt': choose another name.`],
    [['full/notes.txt', '-y'], `'${HERE}/full/notes.txt' is not a folder.`],
    [['/proc/app', '-y'], /The app could not be written: ENOENT: .*'\/proc\/app'\./],
  ])('%j', async (args, sentence) => {
    const { code, output } = await create(...args);
    const line = `create-realtime-app: ${typeof sentence === 'string' ? sentence.replace(HERE, folder.path) : ''}`;
    expect(code).toBe(1);
    if (typeof sentence === 'string') expect(output).toBe(`${line}\n`);
    else expect(output).toMatch(sentence);
    expect(output.trimEnd()).not.toContain('\n');
    expect(made()).toEqual([]);
  });
});

describe('without a terminal', () => {
  it('everything given on the command line is enough, and the next commands come last', async () => {
    const { code, output } = await create('@me/app', '--pm', 'pnpm', '--no-install', '--no-git');
    expect(code).toBe(0);
    expect(output.trimEnd().split('\n').slice(-3)).toEqual(['  cd app', '  pnpm install', '  pnpm dev']);
    expect(readdirSync(`${folder.path}/app`)).toContain('pnpm-workspace.yaml');
    expect(readdirSync(`${folder.path}/app`)).not.toContain('.git');
  });

  it('-y makes it with the defaults, in a folder that holds nothing but a repository', async () => {
    const { code } = await create('repository', '-y', '--no-install');
    expect(code).toBe(0);
    expect(readdirSync(`${folder.path}/repository`)).toEqual(expect.arrayContaining(['.git', '.gitignore', 'package.json', 'src']));
  });

  it('each template takes every feature, and what an app leaves out is not in it', async () => {
    for (const template of ['chat', 'minimal', 'tracker']) {
      const all = await create(
        `${template}-all`,
        '--template',
        template,
        '--presence',
        '--cluster',
        '--auth',
        '--uws',
        '-y',
        '--no-install',
        '--no-git',
      );
      const none = await create(`${template}-none`, '--template', template, '-y', '--no-install', '--no-git');
      expect([all.code, none.code]).toEqual([0, 0]);
      const text = (app: string) =>
        readdirSync(`${folder.path}/${app}`, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8'))
          .join('\n');
      const words = ['presence_state', 'NATS_URL', 'authToken', 'uWebSockets'];
      const [full, plain] = [text(`${template}-all`), text(`${template}-none`)];
      for (const word of words) expect([full.includes(word), plain.includes(word)], `${template} ${word}`).toEqual([true, false]);
      for (const app of [full, plain]) expect(app).not.toMatch(/#(if|else|end)\b|\{\{\w+\}\}/);
    }
  });

  it.each(['--version', '-v'])('%s prints the version', async (flag) => {
    const { version } = JSON.parse(readFileSync(`${root}/packages/create-realtime-app/package.json`, 'utf8')) as { version: string };
    expect(await create(flag)).toEqual({ code: 0, output: `${version}\n` });
  });

  it.each(['--help', '-h'])('%s names every option', async (flag) => {
    const { code, output } = await create(flag);
    expect(code).toBe(0);
    for (const option of [
      '--template chat|minimal|tracker',
      '--presence',
      '--cluster',
      '--auth',
      '--uws',
      '--pm npm|pnpm|yarn|bun',
      '--no-install',
      '--no-git',
      '--yes',
      '--version',
    ])
      expect(output).toContain(option);
  });
});
