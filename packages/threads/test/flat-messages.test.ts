import type { Pid } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { check } from '../../kernel/test/support/property.js';
import { useNode } from './support/node.js';

// Small plain messages have a form of their own between threads. Nobody may see it.

const world = useNode();

const text = fc.oneof(
  fc.constantFrom('', 'move', 'stop', 'größer', 'ÿ', 'Ā', '😀', 'x'.repeat(64), 'x'.repeat(65), 'é'.repeat(64)),
  fc.string({ maxLength: 5 }),
);
const key = fc.oneof(
  fc.constantFrom('type', 'n', 'x', '1', '0', 'constructor', 'toString', 'größe', 'k'.repeat(64), 'k'.repeat(65)),
  fc.string({ maxLength: 3 }),
);
const pid = fc.nat({ max: 3 }).map((thread) => ({ pidOf: thread }));
const plain = fc.oneof(
  text,
  fc.integer(),
  // -0 arrives as 0, whatever carries it.
  fc.double().map((n) => n + 0),
  fc.constantFrom<unknown>(0, Number.NaN, 2 ** 31, -(2 ** 31), 2 ** 53, true, false, null, undefined),
);
const inner = fc.oneof(
  { weight: 12, arbitrary: plain },
  { weight: 2, arbitrary: pid },
  { weight: 1, arbitrary: fc.array(plain, { maxLength: 2 }) },
);
const shaped = fc.record({ type: text, n: plain, x: inner }, { requiredKeys: ['type'], noNullPrototype: true });
const loose = fc.dictionary(
  key.filter((key) => key !== '__proto__'),
  inner,
  { maxKeys: 10, noNullPrototype: true },
);
const message = fc.oneof(plain, shaped, shaped, loose);

/** Pids in place of the numbers of their threads. */
function withPids(value: unknown, pids: readonly Pid[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('pidOf' in value) return pids[value.pidOf as number];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPids(item, pids)]));
}

describe('small messages between threads', () => {
  it('arrive as they were sent, in the order sent, whatever came before them', async () => {
    const [a, b] = await Promise.all([world.node.agent(0), world.node.agent(1)]);
    const probe = new Probe();
    const pids = [a, b, await world.node.agent(2), probe.pid] as unknown as Pid[];
    await check(60, fc.array(message, { minLength: 1, maxLength: 30 }), async (drawn) => {
      const messages = drawn.map((one) => withPids(one, pids));
      await probe.do((context) => {
        for (const one of messages) context.send(b as never, one as never);
      });
      expect(await b.call('mail', messages.length)).toEqual(messages);
      await a.call('postAll', b, messages);
      expect(await b.call('mail', messages.length)).toEqual(messages);
      await b.call('postAll', probe.pid, messages);
      for (const one of messages) expect(await probe.next()).toEqual(one);
    });
  });

  it('are not mixed up by one that cannot be sent, or that sends others while it is read', async () => {
    const b = await world.node.agent(1);
    const probe = new Probe();
    await probe.do((context) => {
      const send = (message: unknown): void => context.send(b as never, message as never);
      expect(() => send({ type: 'first', act: () => 1 })).toThrow(/act/);
      send({ type: 'first', n: 1 });
      const broken = {
        type: 'second',
        get n(): number {
          throw new Error('no n');
        },
      };
      expect(() => send(broken)).toThrow('no n');
      send({ type: 'second', n: 2 });
      const nested = {
        type: 'third',
        get n(): number {
          send({ type: 'inner', n: 33 });
          return 3;
        },
      };
      send(nested);
      send({ type: 'third', n: 4 });
    });
    expect(await b.call('mail', 5)).toEqual([
      { type: 'first', n: 1 },
      { type: 'second', n: 2 },
      { type: 'inner', n: 33 },
      { type: 'third', n: 3 },
      { type: 'third', n: 4 },
    ]);
  });

  it('keep their own keys although more shapes come than a lane describes', async () => {
    const b = await world.node.agent(1);
    const probe = new Probe();
    const messages = Array.from({ length: 1_200 }, (_, i) => ({ [`a${i % 60}`]: i, [`b${i}`]: `${i}` }));
    await probe.do((context) => {
      for (const one of messages) context.send(b as never, one as never);
    });
    expect(await b.call('mail', messages.length)).toEqual(messages);
  });

  it('have no key that the prototype of all objects got', async () => {
    const b = await world.node.agent(1);
    const probe = new Probe();
    Object.defineProperty(Object.prototype, 'polluted', { value: 1, enumerable: true, configurable: true });
    try {
      await probe.do((context) => context.send(b as never, { type: 'plain' } as never));
    } finally {
      delete (Object.prototype as { polluted?: number }).polluted;
    }
    expect(await b.call('mail', 1)).toEqual([{ type: 'plain' }]);
  });
});
