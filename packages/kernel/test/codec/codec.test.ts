import { CallError, GenServer, MisuseError, Registry, StartError } from '@rekindle/kernel';
import { Codec, Kernel, type ProcessId } from '@rekindle/kernel/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();
let codec: Codec;
beforeEach(() => {
  codec = new Codec(world.kernel);
});

function refusal(value: unknown): MisuseError {
  try {
    codec.encode(value);
  } catch (error) {
    expect(error).toBeInstanceOf(MisuseError);
    expect((error as MisuseError).code).toBe('not_sendable');
    return error as MisuseError;
  }
  return expect.unreachable('was encoded');
}

describe('copy', () => {
  const VALUES: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['booleans', [true, false]],
    ['numbers', [0, 1, -1, 0.1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e300, Number.NaN, Number.NEGATIVE_INFINITY]],
    ['bigints', [0n, -1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n, -(2n ** 64n), 2n ** 100n, -(2n ** 200n)]],
    ['strings', ['', 'ä', '🙂', 'x'.repeat(100_000), '\u0000']],
    ['arrays', [[], [[]], [1, [2, [3]]], [undefined, null]]],
    ['objects', { a: 1, b: { c: [{ d: 'e' }] }, '': 0, undef: undefined }],
    ['awkward keys', JSON.parse('{"constructor": 1, "toString": 2, "hasOwnProperty": 3, "length": 4, "then": 5}')],
    ['dates', [new Date(0), new Date(1_700_000_000_123), new Date(-1)]],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, { b: new Map([[3, 4]]) }],
        [{ key: 1 }, 'object key'],
      ]),
    ],
    ['an empty Map', new Map()],
    ['a Set', new Set<unknown>([1, 'a', { b: 1 }, new Map([[1, new Set([2])]])])],
    ['regular expressions', /a+b/gi],
    ['typed arrays', [new Uint8Array([1, 2]), new Int16Array([-1, 300]), new Float64Array([0.5]), new BigInt64Array([-5n])]],
    ['views of a part of a buffer', new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
  ];

  it.each(VALUES)('keeps %s', (_what, value) => {
    expect(codec.copy(value)).toEqual(value);
    expect(codec.copy({ nested: [value] })).toEqual({ nested: [value] });
  });

  it('keeps undefined as a field', () => {
    expect(Object.keys(codec.copy({ a: undefined }) as object)).toEqual(['a']);
  });

  it('gives objects of its own', () => {
    const value = { list: [1], map: new Map([[1, { a: 1 }]]), bytes: new Uint8Array([1]) };
    const copy = codec.copy(value) as typeof value;
    value.list.push(2);
    (value.map.get(1) as { a: number }).a = 2;
    value.bytes[0] = 2;
    expect(copy).toEqual({ list: [1], map: new Map([[1, { a: 1 }]]), bytes: new Uint8Array([1]) });
  });

  it('keeps its bytes when more is encoded', () => {
    const values = [codec.copy({ bytes: new Uint8Array([1, 2, 3]) }), codec.copy({ bytes: new Uint8Array([4, 5, 6]) })];
    expect(values).toEqual([{ bytes: new Uint8Array([1, 2, 3]) }, { bytes: new Uint8Array([4, 5, 6]) }]);
  });

  it('leaves the value itself unchanged', () => {
    const map = new Map([[1, new Map([[2, 3]])]]);
    const value = { a: [map, new Set([map])] };
    codec.copy(value);
    expect(value).toEqual({ a: [map, new Set([map])] });
    expect(value.a[0]).toBe(map);
  });

  it('makes plain objects of class instances, with their own fields', () => {
    class Point {
      x = 1;
      y = { z: 2 };
      length(): number {
        return 3;
      }
    }
    const copy = codec.copy(new Point());
    expect(copy).toEqual({ x: 1, y: { z: 2 } });
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(codec.copy(Object.assign(Object.create(null) as object, { a: 1 }))).toEqual({ a: 1 });
  });

  it('never sets a prototype', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}}');
    const copy = codec.copy(value) as { admin?: boolean };
    expect(copy.admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('errors', () => {
  it('keep name, message, stack, code and cause', () => {
    const cause = Object.assign(new RangeError('inner'), { code: 'E_INNER' });
    const error = Object.assign(new Error('outer', { cause }), { code: 'E_OUTER' });
    const copy = codec.copy(error) as Error & { code: string };
    expect(copy).toBeInstanceOf(Error);
    expect(copy).toMatchObject({ name: 'Error', message: 'outer', code: 'E_OUTER', stack: error.stack });
    expect(copy.cause).toBeInstanceOf(Error);
    expect(copy.cause).toMatchObject({ name: 'RangeError', message: 'inner', code: 'E_INNER' });
  });

  it('keep the reason and detail they were thrown with', () => {
    const error = Object.assign(new Error('outer'), { reason: { shutdown: 'x' } });
    expect(codec.copy(error)).toMatchObject({ message: 'outer', reason: { shutdown: 'x' } });
    const misuse = codec.copy(new MisuseError('bad_child_spec', 'two children', { bad: ['pair'] }));
    expect(misuse).toBeInstanceOf(MisuseError);
    expect(misuse).toMatchObject({ name: 'MisuseError', code: 'bad_child_spec', message: 'two children', detail: { bad: ['pair'] } });
  });

  it('cannot bring fields of other names along', () => {
    const copy = codec.copy(Object.assign(new Error('outer'), { toString: 'mine', secret: 'kept here' }));
    expect(Object.keys(copy as object)).not.toContain('secret');
    expect(String(copy)).toBe('Error: outer');
  });

  it('of calls stay call errors', () => {
    const error = new CallError('exit', new Error('boom'), 'add');
    const copy = codec.copy({ reason: error }) as { reason: CallError };
    expect(CallError.is(copy.reason, 'exit')).toBe(true);
    expect(copy.reason).toMatchObject({ code: 'exit', request: 'add', message: error.message, reason: { message: 'boom' } });
    expect(copy.reason.cause).toBe(copy.reason.reason);
  });

  it('of starts stay start errors, with the pid', () => {
    const { pid } = new Probe();
    const error = new StartError('already_started', undefined, 'Counter', pid);
    const copy = codec.copy(error);
    expect(StartError.is(copy, 'already_started')).toBe(true);
    expect((copy as StartError).pid).toBe(pid);
    expect((copy as StartError).message).toBe(error.message);
  });

  it('keep data in their cause and reason, maps and pids included', () => {
    const { pid } = new Probe();
    const copy = codec.copy(new Error('outer', { cause: { map: new Map([[1, pid]]) } })) as Error;
    expect(copy.cause).toEqual({ map: new Map([[1, pid]]) });
  });

  it('that caused themselves are refused like any cycle', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(refusal(error).message).toMatch(/nested deeper/);
  });

  it('whose cause holds a function are refused with the path', () => {
    expect(refusal({ error: new Error('x', { cause: { f: () => 1 } }) }).message).toMatch(/message\.error\.cause\.f is the function 'f'/);
  });
});

describe('processes', () => {
  it('stay the same on their own thread, also when they have ended', async () => {
    const { pid } = new Probe();
    expect(codec.copy(pid)).toBe(pid);
    expect(codec.copy({ to: [pid] })).toEqual({ to: [pid] });
    new Probe().tell((context) => context.exit(pid, 'kill'));
    await world.quiet();
    expect((pid as ProcessId).equals(codec.copy(pid))).toBe(true);
  });

  it('of another node arrive as what they are there and back', () => {
    const other = new Kernel({ host: world.host, node: 'other' });
    const { pid } = new Probe();
    const there = new Codec(other).decode(codec.encode(pid)) as ProcessId;
    expect(there).not.toBe(pid);
    expect(there.node).toBe('local');
    expect(there.isLocal).toBe(false);
    expect(there.equals(pid)).toBe(true);
    expect(codec.decode(new Codec(other).encode(there))).toBe(pid);
    expect(new Codec(other).decode(codec.encode(pid))).toBe(there);
  });

  it('by name or with a timeout arrive as such', async () => {
    class Echo extends GenServer {
      echo(value: unknown): unknown {
        return value;
      }
    }
    const echo = await Echo.start(undefined, { name: 'echo' });
    const byName = codec.copy(Echo.at('echo')) as typeof echo;
    const timed = codec.copy({ to: echo.within(77) }) as { to: typeof echo };
    expect(await byName.call('echo', 1)).toBe(1);
    expect(timed.to).toMatchObject({ timeoutMs: 77 });
    expect(await timed.to.call('echo', 2)).toBe(2);
  });

  it('named by a registry are refused: that is known here only', () => {
    class Echo extends GenServer {}
    const ref = Echo.at({ via: new Registry(), key: 'x' });
    expect(refusal({ to: ref }).message).toMatch(/send the pid instead/);
  });
});

describe('what cannot be sent', () => {
  it('is refused with the path to it', () => {
    const f = function f(): void {};
    expect(refusal(f).message).toMatch(/^the message itself is the function 'f'/);
    expect(refusal(() => 1).message).toMatch(/the function 'anonymous'/);
    expect(refusal(Symbol('s')).message).toMatch(/^the message itself is a symbol/);
    expect(refusal({ a: [1, { b: f }] }).message).toMatch(/^message\.a\.1\.b is the function 'f'/);
    expect(refusal({ a: new Map([['k', f]]) }).message).toMatch(/^message\.a\.k is the function 'f'/);
    expect(refusal({ a: new Map([[Symbol('s'), 1]]) }).message).toMatch(/^message\.a\.\(key\) is a symbol/);
    expect(refusal([new Set([f])]).message).toMatch(/^message\.0\.\(item\) is the function 'f'/);
    class WithMethodField {
      act = f;
    }
    expect(refusal(new WithMethodField()).message).toMatch(/^message\.act is the function 'f'/);
  });

  it('includes cycles and very deep nesting', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = { list: [cycle] };
    expect(refusal(cycle).message).toMatch(/nested deeper than 256 levels/);
    const map = new Map<unknown, unknown>();
    map.set('me', map);
    expect(refusal(map).message).toMatch(/nested deeper/);
    const set = new Set<unknown>();
    set.add([set]);
    expect(refusal(set).message).toMatch(/nested deeper/);
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(refusal(deep).message).toMatch(/nested deeper/);
  });

  it('does not include 200 levels', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200; i++) deep = { deep };
    expect(codec.copy(deep)).toEqual(deep);
  });

  it('does not disturb what is encoded next', () => {
    refusal({ a: () => 1 });
    expect(codec.copy({ a: 1 })).toEqual({ a: 1 });
  });
});

describe('decode', () => {
  it('refuses malformed pids and truncated bytes', () => {
    const { pid } = new Probe();
    const bytes = Buffer.from(codec.encode({ pid }));
    for (let cut = 0; cut < bytes.length; cut++) expect(() => codec.decode(bytes.subarray(0, cut))).toThrow();
    const forged = Buffer.from(codec.encode(pid));
    expect(() => codec.decode(Buffer.from(forged.toString('latin1').replace('local', 'loc\xffl'), 'latin1'))).not.toThrow(TypeError);
    expect(codec.copy({ a: 1 })).toEqual({ a: 1 });
  });
});
