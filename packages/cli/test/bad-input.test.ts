import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { root, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { application, bin, rekindle } from './support/rekindle.js';

let folder: TempFolder;
beforeEach(() => {
  folder = tempFolder('cli');
  mkdirSync(`${folder.path}/app/src`, { recursive: true });
});
afterEach(() => folder.remove());

const HERE = '<here>';

describe('a command that makes no sense ends with code 2 and one line', () => {
  it.each([
    [
      ['fly'],
      "Expected a command (start, dev, gen, routes, tree, remote, cluster status, doctor), got 'fly'. rekindle --help says what they do.",
    ],
    [
      ['cluster'],
      "Expected a command (start, dev, gen, routes, tree, remote, cluster status, doctor), got 'cluster'. rekindle --help says what they do.",
    ],
    [['doctor', '--fast'], "Unknown option '--fast'; expected rekindle doctor."],
    [['doctor', 'now'], "doctor: expected rekindle doctor, got 'now'."],
    [['gen', 'channel'], "gen: expected rekindle gen genserver|supervisor|contract|channel|socket|presence NAME [--dry], got 'channel'."],
    [['gen', 'cannel', 'x'], "gen: expected genserver, supervisor, contract, channel, socket, presence, got 'cannel'."],
    [['gen', 'channel', '1st'], "Expected a name of letters, digits and dashes that begins with a letter, such as chat-room, got '1st'."],
    [['gen', 'genserver', 'Map'], "'Map' cannot be the name of a class of yours: choose another one."],
    [['start', application, '--port', 'http'], "--port: expected a whole number from 0 to 65535, got 'http'."],
    [
      ['start', application, '--port'],
      "Option '--port <value>' argument missing; expected rekindle start [MODULE] [--port N] [--host ADDRESS] [--schedulers N] [--node NAME --nats URL --cluster NAME].",
    ],
    [
      ['start', application, '--nats', 'nats://127.0.0.1:1'],
      "--nats: expected --node beside it, the node's own name in the cluster, as in --node chat-1.",
    ],
    [
      ['--fast'],
      "Expected a command (start, dev, gen, routes, tree, remote, cluster status, doctor), got '--fast'. rekindle --help says what they do.",
    ],
    [['cluster', 'status', 'now'], "cluster status: expected rekindle cluster status, got 'now'."],
    [['tree', '--nope'], "Unknown option '--nope'; expected rekindle tree [--node NAME]."],
    [['remote', '--node'], "Option '--node <value>' argument missing; expected rekindle remote [--node NAME] [-e CODE]."],
    [['remote', '-e'], "Option '-e, --evaluate <value>' argument missing; expected rekindle remote [--node NAME] [-e CODE]."],
    [['routes', 'a.js', 'b.js'], "routes: expected rekindle routes [MODULE], got 'a.js b.js'."],
    [
      ['start', 'a.js', 'b.js'],
      "start: expected rekindle start [MODULE] [--port N] [--host ADDRESS] [--schedulers N] [--node NAME --nats URL --cluster NAME], got 'a.js b.js'.",
    ],
    [['start', application, '--schedulers', '1.5'], "--schedulers: expected a whole number from 0 to 1024, got '1.5'."],
    [['start', application, '--cluster', 'chat'], '--cluster: expected --nats beside it, as in --nats nats://127.0.0.1:4222.'],
    [['dev', 'now'], "dev: expected rekindle dev [--main FILE] [--port N] [--nodes N], got 'now'."],
    [['dev', '--port', '70000'], "--port: expected a whole number from 0 to 65535, got '70000'."],
    [['dev', '--port', '65535', '--nodes', '2'], '--port: expected 2 ports from 65535 on, one for each node, the last one is 65535.'],
    [['dev', '--nodes', '9'], "--nodes: expected a whole number from 0 to 8, got '9'."],
    [['dev', '--nodes', '0'], "--nodes: expected a whole number from 1 to 8, got '0'."],
  ])('%j', async (args, sentence) => {
    expect(await rekindle(`${folder.path}/app`, args)).toEqual({ code: 2, output: `rekindle: ${sentence}\n` });
  });

  it.each([
    ['start', { PORT: 'http' }, "PORT: expected a whole number from 0 to 65535, got 'http'."],
    ['start', { SCHEDULERS: '-1' }, "SCHEDULERS: expected a whole number from 0 to 1024, got '-1'."],
    ['dev', { PORT: '65536' }, "PORT: expected a whole number from 0 to 65535, got '65536'."],
  ])('%s with %j', async (command, env, sentence) => {
    expect(await rekindle(`${folder.path}/app`, [command], env)).toEqual({ code: 2, output: `rekindle: ${sentence}\n` });
  });
});

describe('a command that cannot be done ends with code 1 and one line', () => {
  it.each([
    [
      ['start'],
      `Expected the application's module at ${HERE}/dist/application.js, there is no such file. Build the app first, or name the module.`,
    ],
    [['routes', 'nowhere.js'], `Expected the application's module at ${HERE}/nowhere.js, there is no such file.`],
    [['dev'], `Expected an app in ${HERE}, there is no tsconfig.json.`],
    [['start', 'src'], `Expected the application's module at ${HERE}/src, that is a folder.`],
    [['start', application, '--node', 'a b'], "--node: expected 1 to 64 letters, digits, - and _, got 'a b'"],
    [
      ['start', application, '--node', 'n1', '--nats', 'nowhere at all'],
      "cluster.servers: expected one or more addresses of NATS servers, got 'nowhere at all'; for example servers: 'nats://127.0.0.1:4222'",
    ],
    [['start', application, '--host', '300.1.1.1', '--schedulers', '0'], "host: expected an address of this machine, got '300.1.1.1'"],
    [['tree'], `Expected a running node that was started in ${HERE} with \`control\`, none is running.`],
    [['remote', '--node', 'n1'], `Expected a running node 'n1' that was started in ${HERE} with \`control\`, none is running.`],
    [['cluster', 'status'], `Expected a running node that was started in ${HERE} with \`control\`, none is running.`],
  ])('%j', async (args, sentence) => {
    const cwd = `${folder.path}/app`;
    expect(await rekindle(cwd, args)).toEqual({ code: 1, output: `rekindle: ${sentence.replace(HERE, cwd)}\n` });
  });

  describe.each(['start', 'routes'])('%s of a module', (command) => {
    it.each([
      ['that is not JavaScript', 'export default (', 'SyntaxError: Unexpected end of input.'],
      [
        'that imports what is not there',
        "import './nowhere.js';",
        `Error: Cannot find module '${HERE}/nowhere.js' imported from ${HERE}/wrong.mjs.`,
      ],
      [
        'that throws',
        "throw new Error('no settings');",
        /^rekindle: \S+wrong\.mjs could not be loaded: Error: no settings, at file:\/\/\S+wrong\.mjs:1:7\.\n$/,
      ],
      ['that exports something else', 'export default 3;', /^rekindle: .*defineApplication\(\{ children: \[\.\.\.\] \}\).*\n$/],
    ])('%s', async (_, text, sentence) => {
      const cwd = `${folder.path}/app`;
      writeFileSync(`${cwd}/wrong.mjs`, text);
      const { code, output } = await rekindle(cwd, [command, 'wrong.mjs', ...(command === 'start' ? ['--port', '0'] : [])]);
      expect(code).toBe(1);
      if (sentence instanceof RegExp) expect(output).toMatch(sentence);
      else expect(output).toBe(`rekindle: ${cwd}/wrong.mjs could not be loaded: ${sentence.replaceAll(HERE, cwd)}\n`);
    });
  });

  it('dev without the compiler, at a port in use, and at an address that is not of this machine', async () => {
    const cwd = `${folder.path}/app`;
    writeFileSync(`${cwd}/tsconfig.json`, '{}');
    const sentence = `Expected typescript to be installed in ${cwd}: install the app's dependencies first.`;
    expect(await rekindle(cwd, ['dev', '--port', '0'])).toEqual({ code: 1, output: `rekindle: ${sentence}\n` });
    mkdirSync(`${cwd}/node_modules`);
    symlinkSync(`${root}/node_modules/typescript`, `${cwd}/node_modules/typescript`);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await rekindle(cwd, ['dev', '--port', String(port)])).toEqual({
      code: 1,
      output: `rekindle: Port ${port} is in use: choose another one with --port.\n`,
    });
    server.close();
    expect(await rekindle(cwd, ['dev', '--port', '0'], { HOST: '300.1.1.1' })).toEqual({
      code: 1,
      output: "rekindle: HOST: expected an address of this machine, got '300.1.1.1'.\n",
    });
  });

  it('gen outside of an app', async () => {
    const { code, output } = await rekindle(folder.path, ['gen', 'genserver', 'thing']);
    expect([code, output]).toEqual([1, `rekindle: Expected an app in ${folder.path}, there is no src folder.\n`]);
  });

  it('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, output } = await rekindle(folder.path, ['start', application, '--port', String(port), '--schedulers', '0']);
    server.close();
    expect(code).toBe(1);
    expect(output.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^rekindle: .*${port}.*in use`));
    expect(output).not.toContain('    at ');
  });

  it('several nodes without NATS', async () => {
    const { code, output } = await startDev({ PATH: '' });
    expect([code, output]).toEqual([
      1,
      'rekindle: --nodes: several nodes meet at a NATS server: set NATS_URL, as in nats://127.0.0.1:4222, or install nats-server.\n',
    ]);
  });

  async function startDev(env: NodeJS.ProcessEnv) {
    writeFileSync(`${folder.path}/app/tsconfig.json`, '{}');
    mkdirSync(`${folder.path}/app/node_modules`);
    symlinkSync(`${root}/node_modules/typescript`, `${folder.path}/app/node_modules/typescript`);
    return rekindle(`${folder.path}/app`, ['dev', '--nodes', '2', '--port', '0'], env);
  }

  it('a Node that is too old', async () => {
    const child = await startNode('--require', [`${root}/packages/e2e/test/pretend/old-node.cjs`, bin, 'doctor'], { cwd: folder.path });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output).toBe('rekindle needs Node 20.19 or newer, this is 18.20.0.\n');
  });
});

describe('help', () => {
  it('names every command, and ends with 0; nothing at all with 2', async () => {
    const { code, output } = await rekindle(folder.path, ['--help']);
    expect(code).toBe(0);
    for (const name of ['start', 'dev', 'gen', 'routes', 'tree', 'remote', 'cluster status', 'doctor'])
      expect(output).toContain(`rekindle ${name}`);
    expect((await rekindle(folder.path, [])).code).toBe(2);
    expect((await rekindle(folder.path, ['gen', '--help'])).output).toMatch(/^rekindle gen /);
    const { version } = JSON.parse(readFileSync(`${root}/packages/rekindle/package.json`, 'utf8')) as { version: string };
    expect(await rekindle(folder.path, ['--version'])).toEqual({ code: 0, output: `${version}\n` });
  });
});
