import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type Child, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { application, bin, rekindle } from './support/rekindle.js';

let folder: TempFolder;
let node: Child;
beforeAll(async () => {
  folder = tempFolder('running-node');
  node = await startNode(bin, ['start', application, '--port', '0', '--schedulers', '1', '--node', 'n1'], {
    cwd: folder.path,
    ready: /Listening on http:\/\/localhost:\d+/,
  });
});
afterAll(async () => {
  await node?.kill();
  folder?.remove();
});

const ask = (...args: string[]) => rekindle(folder.path, args);

describe('a running node', () => {
  it('shows its supervision tree, across threads', async () => {
    const { code, output } = await ask('tree');
    expect(code).toBe(0);
    expect(output).toMatch(/^Root #Pid<n1\.\S+>\n {2}counter {2}#Pid<n1\.\S+> {2}thread 1\n {2}rooms {2}#Pid<n1\.\S+> {2}thread 1\n/m);
    expect(output).toMatch(/ {2}connections of scheduler 1 {2}\S+ {2}thread 1\n {4}PresenceSupervisor/);
  });

  it('evaluates, waits for promises, and keeps what is declared', async () => {
    expect(await ask('remote', '-e', "sys.getState(whereis('counter'))")).toEqual({ code: 0, output: '{ n: 0 }\n' });
    expect(await ask('remote', '--node', 'n1', '-e', 'const a = [1]; a.push(2); a')).toEqual({ code: 0, output: '[ 1, 2 ]\n' });
    expect((await ask('remote', '-e', "processInfo(whereis('counter'))")).output).toMatch(/runs elsewhere: ask it with sys\.getStatus/);
  });

  it('tells what goes wrong in a line, with code 1', async () => {
    expect(await ask('remote', '-e', 'nobody()')).toEqual({ code: 1, output: 'ReferenceError: nobody is not defined\n' });
  });

  it('tells of its cluster', async () => {
    const { code, output } = await ask('cluster', 'status');
    expect(code).toBe(0);
    expect(output).toMatch(/^n1: process \d+, port \d+, 1 schedulers, up \d+ s, alone \(no cluster\)\n {2}groups: \d+; names: \d+\n$/);
  });

  it('can be talked to, line by line', async () => {
    const repl = spawn(process.execPath, [bin, 'remote'], { cwd: folder.path, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    repl.stdout.on('data', (text: Buffer) => {
      output += text.toString();
    });
    repl.stdin.end('1 + 1\nnodes()\n.exit\n');
    const code = await new Promise((resolve) => repl.once('exit', resolve));
    expect([code, output.replaceAll('n1> ', '')]).toEqual([0, '2\n[]\n']);
  });

  it('leaves no socket behind', async () => {
    expect(readdirSync(`${folder.path}/.rekindle`)).toEqual([`n1-${node.pid}.sock`]);
    node.signal('SIGTERM');
    expect(await node.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(`${folder.path}/.rekindle`)).toEqual([]);
    expect((await ask('tree')).code).toBe(1);
  });
});

describe('without a running node', () => {
  it('routes lists children, sockets and channels', async () => {
    expect(await rekindle(folder.path, ['routes', application])).toEqual({
      code: 0,
      output: `Children, in start order:
  Counter 'counter'  permanent
  Rooms 'rooms'  transient
Sockets:
  /socket/websocket, /socket/longpoll  UserSocket  { maxChannels: 5 }
    echo:*  EchoChannel
Readiness: /ready
`,
    });
  });

  it('doctor says what it finds, and ends with 1 for what will not work', async () => {
    const good = await rekindle(folder.path, ['doctor'], { NODE_ENV: 'production' });
    expect(good.code).toBe(0);
    expect(good.output).toMatch(/^(ok {2}|note) {2}Node \d/);
    const bad = await rekindle(folder.path, ['doctor'], { NATS_URL: 'nats://127.0.0.1:1', SCHEDULERS: '0' });
    expect(bad.code).toBe(1);
    expect(bad.output).toContain('BAD   NATS at 127.0.0.1:1: ECONNREFUSED');
    expect(bad.output).toContain('note  SCHEDULERS is 0');
  });
});
