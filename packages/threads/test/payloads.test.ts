import { CallError, type Ref, transfer } from '@rekindle/kernel';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../kernel/test/support/property.js';
import type { Hand } from './fixtures/hand.mjs';
import { on, useHands } from './support/hands.js';

const hands = useHands();
let a: Ref<Hand>;
let b: Ref<Hand>;
beforeAll(async () => {
  [a, b] = (await Promise.all([hands.node.hand(0), hands.node.hand(1)])) as [Ref<Hand>, Ref<Hand>];
});

/** Sends the value from one scheduler to the other and back: what arrives here has crossed four times. */
function around(value: unknown): Promise<unknown> {
  return on(a, (self, _modules, other, value) => self.call(other, 'run', '(_self, _modules, value) => value', [value]), b, value);
}

const typed = fc.oneof(fc.float32Array(), fc.int16Array(), fc.uint32Array(), fc.float64Array(), fc.bigInt64Array());
const leaf = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  // Between threads -0 becomes 0, as in JSON.
  fc.double().map((n) => n + 0),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.date({ noInvalidDate: true }),
  typed,
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, leaf, tie('array'), tie('object'), tie('map'), tie('set')),
  array: fc.array(tie('any'), { maxLength: 5 }),
  object: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    tie('any'),
    { maxKeys: 5, noNullPrototype: true },
  ),
  map: fc.array(fc.tuple(leaf, tie('any')), { maxLength: 4 }).map((entries) => new Map(entries)),
  set: fc.uniqueArray(fc.oneof(fc.string(), fc.integer()), { maxLength: 4 }).map((items) => new Set(items)),
})).any;

describe('a message between threads', () => {
  it('arrives as it was sent', async () => {
    await check(150, value, async (value) => {
      expect(await around(value)).toEqual(value);
    });
  });

  it('holds pids and references that work on the other side', async () => {
    const [pid, ref] = (await around([a, b.within(123)])) as [Ref<Hand>, Ref<Hand>];
    expect(String(pid)).toBe(String(a));
    expect(await on(pid, (self) => self.self.thread)).toBe(a.thread);
    expect(await ref.call('run', '(self) => self.self.thread', [])).toBe(b.thread);
  });

  it('keeps of an error its name, message, code, stack and cause', async () => {
    const cause = Object.assign(new RangeError('inner'), { code: 'E_INNER' });
    const error = Object.assign(new TypeError('outer', { cause }), { code: 'E_OUTER' });
    const got = (await around({ error })) as { error: Error & { code: string } };
    expect(got.error).toBeInstanceOf(Error);
    expect(got.error).toMatchObject({ name: 'TypeError', message: 'outer', code: 'E_OUTER', stack: error.stack });
    expect(got.error.cause).toMatchObject({ name: 'RangeError', message: 'inner', code: 'E_INNER' });
    expect(await around(new CallError('exit', { why: [1] }, 'get'))).toMatchObject({ code: 'exit', reason: { why: [1] }, request: 'get' });
  });

  it('fails at send with the path to what cannot cross, and takes nothing else along', async () => {
    const errors = await on(
      a,
      (self, _modules, to) => {
        const cyclic: Record<string, unknown> = {};
        cyclic.self = cyclic;
        const bad = [() => {}, { list: [1, { act: () => {} }] }, new Map([['key', Symbol('s')]]), cyclic];
        return bad.map((value, n) => {
          self.send(to, `before ${n}`);
          try {
            self.send(to, value);
            return 'nothing was thrown';
          } catch (error) {
            return [(error as { code: string }).code, (error as Error).message];
          }
        });
      },
      b,
    );
    expect(errors).toEqual([
      ['not_sendable', expect.stringContaining('message')],
      ['not_sendable', expect.stringMatching(/list\.1\.act is the function 'act'/)],
      ['not_sendable', expect.stringMatching(/key is a symbol/)],
      ['not_sendable', expect.stringMatching(/self\.self.*nested deeper than 256 levels/)],
    ]);
    a.cast('run', '(self, _modules, to) => self.send(to, "last")', [b]);
    expect(await b.call('collect', 5)).toEqual([...[0, 1, 2, 3].map((n) => `before ${n}`), 'last']);
  });

  it('brings a From, with which another thread answers the caller', async () => {
    const answer = await on(
      a,
      (self, { kernel }, other) => {
        const from = self.from();
        self.cast(other, 'run', '(_self, _modules, { from }) => from.reply("from over there")', [{ from }]);
        return kernel.noreply(from);
      },
      b,
    );
    expect(answer).toBe('from over there');
  });

  it('says so when a class is not registered, and how to register it', async () => {
    const error = await on(a, async (self, { kernel }) => {
      class Stranger extends kernel.GenServer {}
      return self.start(Stranger, undefined, { thread: 1 }).catch((error: Error) => error);
    });
    expect(error).toMatchObject({ code: 'not_registered', message: expect.stringContaining('register(Stranger)') });
  });

  it('brings a registered class: it is the same class on the other side', async () => {
    const found = await on(
      a,
      (self, { internal }, other) => {
        const Class = internal.classByName('Hand');
        return self.call(other, 'run', '(self, _modules, Class) => self instanceof Class', [Class]);
      },
      b,
    );
    expect(found).toBe(true);
  });
});

describe('memory in a message', () => {
  it('is copied when it is large, at once: what the sender does later is not seen', async () => {
    const big = Buffer.alloc(300_000, 1);
    const floats = new Float64Array(50_000).fill(1.5);
    const sum = on(
      b,
      (_self, _modules, big, floats) => [
        big.length,
        big.every((byte) => byte === 1),
        floats.every((one) => one === 1.5),
        Buffer.isBuffer(big),
      ],
      big,
      floats,
    );
    big.fill(2);
    floats.fill(2);
    expect(await sum).toEqual([300_000, true, true, true]);
    expect([big.length, floats.length]).toEqual([300_000, 50_000]);
  });

  it('is handed over when it was given away', async () => {
    const given = transfer(new Float32Array(100_000).fill(0.5));
    const little = transfer(new Uint8Array([1, 2, 3]));
    const got = on(b, (_self, _modules, given, little) => [given.length, given[99_999], [...little]], given, little);
    expect(await got).toEqual([100_000, 0.5, [1, 2, 3]]);
    expect([given.length, little.byteLength]).toEqual([0, 0]);
  });

  it('stays with the sender when the message cannot be sent', () => {
    const given = transfer(new Uint8Array(100_000));
    expect(() => a.send({ given, act: () => {} } as never)).toThrow(/act is the function/);
    expect(given.length).toBe(100_000);
  });

  it('is shared when it is shared memory', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    await on(
      a,
      (self, _modules, other, shared) => self.call(other, 'run', '(_self, _modules, shared) => void Atomics.add(shared, 1, 7)', [shared]),
      b,
      shared,
    );
    expect([...shared]).toEqual([0, 7]);
  });

  it('keeps its place among other messages', async () => {
    await on(
      a,
      (self, _modules, to) => {
        for (let n = 0; n < 200; n++) self.send(to, n % 3 === 0 ? [n, new Uint8Array(70_000).fill(n)] : [n, 'small']);
      },
      b,
    );
    const mail = (await b.call('collect', 200)) as [number, Uint8Array | string][];
    expect(mail.map(([n]) => n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(mail.every(([n, what]) => n % 3 !== 0 || what[0] === n)).toBe(true);
  });

  it.each([
    ['shared memory', () => new Uint8Array(new SharedArrayBuffer(4)), /got a SharedArrayBuffer/],
    ['a part of a larger block', () => new Uint8Array(new ArrayBuffer(8), 0, 4), /4 of 8 bytes/],
    ['what is no memory', () => ({}) as ArrayBuffer, /got a Object/],
  ])('%s cannot be given away', (_what, make, message) => {
    expect(() => transfer(make())).toThrow(expect.objectContaining({ code: 'badarg', message: expect.stringMatching(message) }));
  });
});
