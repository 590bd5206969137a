import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Lab, startLab, startLabInVain } from './lab.js';
import { RawClient } from './raw-client.js';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

describe('options that do not fit end the start with one line', () => {
  it.each([
    [{ port: '4000' }, "startApplication.port: expected number, received string, got '4000'"],
    [{ schedulers: -1 }, 'startApplication.schedulers: Too small: expected number to be >=0, got -1'],
    [{ adapter: 'bun' }, 'startApplication.adapter: expected one of "auto"|"uws"|"node", got \'bun\''],
    [{ node: 'a.b' }, "startApplication.node: expected 1 to 64 letters, digits, - and _, got 'a.b'"],
    [{ prot: 4000 }, 'startApplication: Unrecognized key: "prot"'],
    [{ module: '/nowhere.js' }, 'startApplication.module: expected a file that exists, got file:///nowhere.js'],
    [{ module: '/nowhere.js', schedulers: 0 }, 'startApplication.module: expected a file that exists, got file:///nowhere.js'],
    [
      { module: 'data:text/javascript,export default 3' },
      'data:text/javascript,export default 3: expected `export default defineApplication({ children: [...] })`',
    ],
    [
      { node: 'n1', cluster: { name: 'my chat', servers: 'nats://127.0.0.1:4222' } },
      "cluster.name: expected 1 to 32 letters, digits, '_' or '-', got 'my chat'; for example name: 'chat'",
    ],
    [
      { node: 'n1', cluster: { name: 'chat', servers: 'nowhere at all' } },
      "cluster.servers: expected one or more addresses of NATS servers, got 'nowhere at all'; for example servers: 'nats://127.0.0.1:4222'",
    ],
    [
      { cluster: { name: 'chat', servers: 'nats://127.0.0.1:4222' } },
      "a node of a cluster needs a name of its own: startApplication({ node: 'chat-1', ... }), stable over restarts and not used by any other node",
    ],
    [{ host: '192.0.2.1' }, "host: expected an address of this machine, got '192.0.2.1'"],
    [{ host: '192.0.2.1', adapter: 'node' }, "host: expected an address of this machine, got '192.0.2.1'"],
  ])('%j', async (options, message) => {
    expect(await startLabInVain(options)).toEqual({ output: message, code: 1 });
  });
});

describe.each(['uws', 'node'])('a port in use, adapter %s', (adapter) => {
  it.each([0, 1])('schedulers: %i', async (schedulers) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { output, code } = await startLabInVain({ port, adapter, schedulers });
    other.close();
    expect({ output, code }).toEqual({ output: `port ${port} is in use: stop the other server or choose another port with PORT`, code: 1 });
  });
});

describe('the machine', () => {
  it('has a Node that is too old', async () => {
    const { output, code } = await startLabInVain({}, ['--require', here('pretend/old-node.cjs')]);
    expect({ output, code }).toEqual({ output: 'Rekindle needs Node 20.19 or newer, this is 18.20.0', code: 1 });
  });

  it('cannot load uWebSockets.js: node:http and ws serve, and one line says so', async () => {
    const { child, port } = await startLab({}, ['--require', here('pretend/no-native-code.cjs')]);
    const client = await RawClient.connect(port);
    await client.join('lab:1');
    expect(await client.push('lab:1', 'echo', { text: 'hello' })).toEqual({ status: 'ok', response: { text: 'hello' } });
    client.close();
    expect(await child.kill()).toEqual({ code: 0, signal: null });
    const [line, listening, ...more] = child.output.trim().split('\n');
    expect(line).toMatch(/\[info\] serving with node:http and ws: uWebSockets\.js could not be loaded \(.*GLIBC_9\.99.*\)$/);
    expect(listening).toMatch(/^listening on \d+ with node$/);
    expect(more).toEqual([]);
  });

  it('cannot load uWebSockets.js, which was asked for', async () => {
    const { output, code } = await startLabInVain({ adapter: 'uws' }, ['--require', here('pretend/no-native-code.cjs')]);
    expect(output).toMatch(/^adapter 'uws' cannot be used: uWebSockets\.js could not be loaded \(.*GLIBC_9\.99.*\)$/);
    expect(code).toBe(1);
  });
});

describe.each([
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
])('what clients send, $adapter, schedulers: $schedulers', (options) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(options);
  });
  afterAll(async () => {
    expect(await lab.child.kill()).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['no JSON', 'hello'],
    ['half a frame', '["1","1","lab:1"'],
    ['no array', '{"topic":"lab:1"}'],
    ['too few elements', '["1","1","lab:1","phx_join"]'],
    ['an empty binary frame', new Uint8Array()],
    ['a binary frame of an unknown kind', new Uint8Array([9, 1, 2, 3])],
    ['a binary frame with lengths beyond its end', new Uint8Array([0, 200, 200, 200, 200, 1])],
  ])('%s ends that connection alone', async (_, frame) => {
    const [good, bad] = await Promise.all([RawClient.connect(lab.port), RawClient.connect(lab.port)]);
    await good.join('lab:1');
    await bad.join('lab:1');
    const from = lab.child.output.length;
    bad.send(frame);
    expect(await bad.closed()).toBe(1011);
    await lab.child.waitFor(/closed a connection of 127\.0\.0\.1 to \/socket: undecodable frame, (text|binary) of length \d+; expected/, {
      from,
    });
    await good.alive();
    expect(await good.push('lab:1', 'echo', { text: 'x' })).toEqual({ status: 'ok', response: { text: 'x' } });
    good.close();
  });

  it('a frame that is too long ends that connection alone', async () => {
    const [good, bad] = await Promise.all([RawClient.connect(lab.port), RawClient.connect(lab.port)]);
    bad.send('x'.repeat(10_001));
    expect([1006, 1009]).toContain(await bad.closed());
    await good.alive();
    good.close();
  });

  it('a topic that nobody serves, a topic that is not joined, and an unknown event', async () => {
    const client = await RawClient.connect(lab.port);
    expect(await client.push('nobody:1', 'phx_join')).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    expect(await client.push('lab:1', 'echo', { text: 'x' })).toEqual({ status: 'error', response: { reason: 'unmatched topic' } });
    await client.join('lab:1');
    client.send('["3",null,"lab:1","no_such_event",{}]');
    expect((await client.next((frame) => frame[3] === 'phx_error'))[2]).toBe('lab:1');
    await client.alive();
    const odd = '["1","9",5,"phx_join",{}]';
    client.send(odd);
    const reply = await client.next((frame) => frame[1] === '9');
    expect(reply).toEqual([null, '9', 5, 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } }]);
    client.close();
  });

  it.each([['a string'], [17], [null], [[1, 2]], [{ limit: 'ten' }], [{ limit: 11 }]])('a join with %j', async (params) => {
    const client = await RawClient.connect(lab.port);
    const { status, response } = await client.push('lab:1', 'phx_join', params);
    expect({ status, response }).toMatchObject({ status: 'error', response: { reason: 'invalid payload' } });
    await client.join('lab:1', { limit: 10 });
    client.close();
  });

  it('a payload of the wrong kind', async () => {
    const client = await RawClient.connect(lab.port);
    await client.join('lab:1');
    expect(await client.push('lab:1', 'echo', { text: 7 })).toEqual({
      status: 'error',
      response: { reason: 'invalid payload', issues: [{ path: 'text', message: 'Invalid input: expected string, received number' }] },
    });
    expect(await client.push('lab:1', 'echo', { text: 'still joined' })).toEqual({ status: 'ok', response: { text: 'still joined' } });
    client.close();
  });

  it('a version of the protocol that does not exist', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port}/socket/websocket?vsn=9.0.0`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
  });

  it('a path where no socket is', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port}/nowhere/websocket`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(404);
  });
});
