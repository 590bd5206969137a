import type { Ref } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import type { Agent } from './fixtures/agent.mjs';
import { useNode } from './support/node.js';

const world = useNode();

describe('send', () => {
  it('keeps the order of each sender, from any thread to any thread', async () => {
    const { node } = world;
    const senders = await Promise.all([0, 1, 2].map((thread) => node.agent(thread)));
    const receivers = await Promise.all([0, 1, 2].map((thread) => node.agent(thread)));
    const probe = new Probe();
    const everybody = [...receivers, probe.pid];
    await Promise.all(senders.flatMap((sender, i) => everybody.map((to) => sender.call('postMany', to, 500, `${i}`))));
    const inboxes = await Promise.all(receivers.map((to) => to.call('mail', 1500)));
    inboxes.push(await collect(probe, 1500));
    const inOrder = (label: number): string[] => Array.from({ length: 500 }, (_, i) => `${label} ${i}`);
    for (const mail of inboxes) {
      expect(mail).toHaveLength(1500);
      for (const sender of [0, 1, 2]) expect(mail.filter((m) => String(m).startsWith(`${sender} `))).toEqual(inOrder(sender));
    }
  });

  it('keeps sends, casts and calls of one process in one order', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    await a.call('postAndAsk', b, 50, 'x');
    const expected = Array.from({ length: 50 }, (_, i) => [`x sent ${i}`, `x asked ${i}`]).flat();
    expect(await b.call('mail', 100)).toEqual(expected);
  });

  it('reaches a name on another thread, also from the gateway', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1, {}, 'box')]);
    await a.call('post', 'box' as never, 'by name');
    const probe = new Probe();
    await probe.do((context) => context.send('box', 'from the gateway'));
    expect(await b.call('mail', 2)).toEqual(expect.arrayContaining(['by name', 'from the gateway']));
  });

  it('to a process that has ended is no error', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1, { trapExit: false })]);
    await b.call('stopWith', 'done').catch(() => {});
    await a.call('post', b, 'late');
    expect(await a.call('echo', 'alive')).toBe('alive');
  });

  it.each(['function', 'symbol'] as const)('of a %s fails there and then, names the path, and takes nothing else along', async (kind) => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    const refused = await a.call('postBroken', b, kind);
    expect(refused).toMatchObject({ code: 'not_sendable', message: expect.stringContaining('nested.0.act') });
    expect(refused.message).toContain(kind);
    expect(await b.call('mail', 2)).toEqual(['before', 'after']);
  });

  it('of a function from the gateway fails in the same way', async () => {
    const b = await world.node.agent(1);
    const probe = new Probe();
    const failure = await probe.do((context) => {
      context.send(b as Ref<never>, 'before' as never);
      try {
        context.send(b as Ref<never>, { list: [0, () => 1] } as never);
        return undefined;
      } catch (error) {
        return error;
      } finally {
        context.send(b as Ref<never>, 'after' as never);
      }
    });
    expect(failure).toMatchObject({ code: 'not_sendable', message: expect.stringContaining('list.1') });
    expect(await b.call('mail', 2)).toEqual(['before', 'after']);
  });

  it('carries large messages in order with small ones', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    const big = 'é€😀'.repeat(300_000);
    for (const message of ['small', big, 'small again']) await a.call('post', b, message);
    const mail = await b.call('mail', 3);
    expect(mail.map((message) => String(message).length)).toEqual([5, big.length, 11]);
    expect(mail[1] === big).toBe(true);
  });
});

describe('call', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;

  it.each([
    ['undefined', undefined],
    ['null in an array', [null, undefined, 1]],
    ['bigint', 2n ** 100n],
    ['numbers that JSON has no way to write', [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 5e-324]],
    ['a date', new Date(86_400_000)],
    ['a map of maps', new Map<unknown, unknown>([['a', new Map([[1, new Set(['x'])]])]])],
    ['an empty map beside an empty object', [new Map(), {}]],
    ['bytes', new Uint8Array([0, 1, 255])],
    ['floats', new Float64Array([1.5, -2])],
    ['text beyond the BMP', '😀\u0000é'],
    ['nested deeply', JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`)],
  ])('carries %s there and back', async (_what, value) => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    expect(await a.call('forward', b, 'echo', value)).toEqual(value);
  });

  it('carries an error with its code and cause', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    const error = Object.assign(new RangeError('too much', { cause: new Error('inner') }), { code: 'E_MUCH' });
    const back = (await a.call('forward', b, 'echo', error)) as RangeError & { code: string };
    expect(back).toBeInstanceOf(Error);
    expect(back).toMatchObject({ name: 'RangeError', message: 'too much', code: 'E_MUCH', cause: { message: 'inner' } });
  });

  it('carries pids that mean the same process everywhere', async () => {
    const [a, b, c] = (await Promise.all([0, 1, 2].map((thread) => world.node.agent(thread)))) as [Ref<Agent>, Ref<Agent>, Ref<Agent>];
    const pids = (await a.call('forward', b, 'echo', [a, b, c])) as Ref<Agent>[];
    expect(pids.map(String)).toEqual([a, b, c].map(String));
    expect(await (pids[2] as Ref<Agent>).call('echo', 'here')).toBe('here');
  });

  it('refuses a cycle and names it', async () => {
    const b = await world.node.agent(1);
    expect(() => b.cast('echo', cyclic)).toThrow(expect.objectContaining({ code: 'not_sendable' }));
    expect(await b.call('echo', 'alive')).toBe('alive');
  });

  it('fails with noproc, exit and timeout as on one thread', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    await expect(a.call('forwardPatiently', b, 20, 'never')).rejects.toMatchObject({ code: 'exit', reason: { code: 'timeout' } });
    const [c, d] = await Promise.all([world.node.agent(0), world.node.agent(1, { trapExit: false })]);
    await expect(c.call('forward', d, 'stopWith', 'tired')).rejects.toMatchObject({ reason: { code: 'exit', reason: 'tired' } });
    const e = await world.node.agent(2);
    await expect(e.call('forward', d, 'echo', 1)).rejects.toMatchObject({ reason: { code: 'noproc' } });
    await expect(d.call('echo', 1)).rejects.toMatchObject({ code: 'noproc' });
  });

  it('of a server that answers with something that cannot be sent ends the server with that reason, and does not hang', async () => {
    const b = await world.node.agent(1);
    await expect(b.call('unsendable')).rejects.toMatchObject({ code: 'exit', message: expect.stringContaining('deep.fn') });
  });
});

async function collect(probe: Probe, count: number): Promise<unknown[]> {
  const mail: unknown[] = [];
  while (mail.length < count) mail.push(await probe.next());
  return mail;
}
