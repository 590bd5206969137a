import { FieldTooLong, type Message, type Serializer, Serializers, v1, v2 } from '@rekindle/channels/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';
import { bytes, json, jsonObject, ref, shortText } from '../support/arbitraries.js';
import { clientPush, readServerFrame } from '../support/client-frames.js';

const text = JSON.stringify;
/** Compares as JSON does: `__proto__` is a key, -0 is 0. */
const same = (a: unknown, b: unknown): void => expect(text(a)).toBe(text(b));

const frame = fc.record({ joinRef: ref, ref, topic: shortText, event: shortText, payload: json });

describe('names', () => {
  it('are written as JSON writes them, with and without something to escape', async () => {
    const name = fc.oneof(
      shortText,
      fc.string({ unit: fc.constantFrom('a', ':', '"', '\\', '\n', '\u007f', '\u0000', 'é', '\u2028', '😀') }),
    );
    await check(500, name, async (topic) => {
      expect(v2.broadcast(topic, topic, '{}')).toBe(`[null,null,${text(topic)},${text(topic)},{}]`);
      expect(v2.push('"1"', text(topic), topic, '{}')).toBe(`["1",null,${text(topic)},${text(topic)},{}]`);
    });
  });
});

describe('version 2, text', () => {
  it('reads what a client writes', async () => {
    await check(500, frame, async (message) => {
      const { joinRef, ref, topic, event, payload } = message;
      same(v2.decodeText(text([joinRef, ref, topic, event, payload])), message);
      same(v2.decodeText(text([joinRef, ref, topic, event, payload, 'more'])), message);
    });
  });

  it('writes what a client reads', async () => {
    const input = fc.record({
      joinRef: ref,
      ref,
      topic: shortText,
      event: shortText,
      payload: jsonObject,
      status: fc.constantFrom('ok', 'error', 'odd "'),
    });
    await check(500, input, async ({ joinRef, ref, topic, event, payload, status }) => {
      const [j, r, t, p] = [joinRef, ref, topic, payload].map((value) => text(value)) as [string, string, string, string];
      const read = (frame: unknown): unknown => JSON.parse(frame as string);
      same(read(v2.reply(j, r, t, status, p)), [joinRef, ref, topic, 'phx_reply', { response: payload, status }]);
      same(read(v2.push(j, t, event, p)), [joinRef, null, topic, event, payload]);
      same(read(v2.broadcast(topic, event, p)), [null, null, topic, event, payload]);
      same(read(v2.end('phx_close', j, t)), [joinRef, joinRef, topic, 'phx_close', {}]);
      same(read(v2.end('phx_error', j, t)), [joinRef, joinRef, topic, 'phx_error', { reason: 'channel_crash' }]);
    });
  });
});

describe('refs and topics', () => {
  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  const flat = '[1,{"a":[true]}]';
  const v1Frame = (joinRef: string, ref: string, topic: string) =>
    `{"join_ref":${joinRef},"ref":${ref},"topic":${topic},"event":"e","payload":${deep}}`;
  const v2Frame = (joinRef: string, ref: string, topic: string) => `[${joinRef},${ref},${topic},"e",${deep}]`;

  it.each([
    [v1, v1Frame],
    [v2, v2Frame],
  ] as const)('are taken if they can be given back: $name', (serializer, make) => {
    expect(serializer.decodeText(make(flat, flat, flat))).toMatchObject({ joinRef: JSON.parse(flat), ref: JSON.parse(flat) });
    for (const frame of [make(deep, '1', '"t"'), make('1', deep, '"t"'), make('1', '1', deep)]) {
      expect(serializer.decodeText(frame)).toBeNull();
    }
  });
});

describe('version 2, binary', () => {
  const fields = fc.record({ joinRef: shortText, ref: shortText, topic: shortText, event: shortText, payload: bytes });

  it('reads what a client writes, and keeps no hold of its buffer', async () => {
    await check(500, fields, async ({ joinRef, ref, topic, event, payload }) => {
      const sent = clientPush(joinRef, ref, topic, event, payload);
      const message = v2.decodeBinary(sent);
      sent.fill(255);
      expect(message).toEqual({ joinRef, ref, topic, event, payload });
    });
  });

  it('writes what a client reads', async () => {
    await check(500, fields, async ({ joinRef, ref, topic, event, payload }) => {
      const [j, r, t] = [joinRef, ref, topic].map((value) => text(value)) as [string, string, string];
      const data = [...payload];
      const read = (frame: unknown): unknown => readServerFrame(frame as Uint8Array);
      expect(read(v2.push(j, t, event, payload))).toEqual({ kind: 0, joinRef, topic, event, data });
      expect(read(v2.reply(j, r, t, 'ok', payload))).toEqual({ kind: 1, joinRef, ref, topic, status: 'ok', data });
      expect(read(v2.broadcast(topic, event, payload))).toEqual({ kind: 2, topic, event, data });
    });
  });

  it('writes refs that are no text as their JSON, and none as nothing', () => {
    expect(readServerFrame(v2.reply('7', 'null', '"t"', 'ok', new Uint8Array([1])) as Uint8Array)).toEqual({
      kind: 1,
      joinRef: '7',
      ref: '',
      topic: 't',
      status: 'ok',
      data: [1],
    });
  });

  it.each([
    ['a topic of 256 bytes', () => v2.broadcast('é'.repeat(128), 'e', new Uint8Array())],
    ['an event of 256 bytes', () => v2.push('"1"', '"t"', 'e'.repeat(256), new Uint8Array())],
    ['a ref of 300 bytes', () => v2.reply('"1"', text('r'.repeat(300)), '"t"', 'ok', new Uint8Array())],
  ])('says that it cannot write %s', (_what, write) => {
    expect(write).toThrow(FieldTooLong);
    expect(write).toThrow(/expected at most 255/);
  });

  it('writes fields of 255 bytes', () => {
    const topic = 't'.repeat(255);
    expect(readServerFrame(v2.broadcast(topic, 'e', new Uint8Array()) as Uint8Array)).toMatchObject({ topic });
  });
});

describe('version 1', () => {
  it('reads what a client writes, as text and as bytes', async () => {
    await check(500, fc.tuple(frame, fc.boolean()), async ([message, withJoinRef]) => {
      const { joinRef, ref, topic, event, payload } = message;
      const sent = text({ topic, event, payload, ref, ...(withJoinRef ? { join_ref: joinRef } : {}) });
      const expected = { ...message, joinRef: withJoinRef ? joinRef : null };
      same(v1.decodeText(sent), expected);
      same(v1.decodeBinary(new TextEncoder().encode(sent)), expected);
    });
  });

  it('writes what a client reads', async () => {
    const input = fc.record({ ref, topic: shortText, event: shortText, payload: jsonObject, status: fc.constantFrom('ok', 'error') });
    await check(500, input, async ({ ref, topic, event, payload, status }) => {
      const [r, t, p] = [ref, topic, payload].map((value) => text(value)) as [string, string, string];
      const read = (frame: unknown): unknown => JSON.parse(frame as string);
      same(read(v1.reply('"1"', r, t, status, p)), { event: 'phx_reply', payload: { response: payload, status }, ref, topic });
      same(read(v1.push('"1"', t, event, p)), { event, payload, ref: null, topic });
      same(read(v1.broadcast(topic, event, p)), { event, payload, ref: null, topic });
      same(read(v1.end('phx_close', r, t)), { event: 'phx_close', payload: {}, ref, topic });
    });
  });

  it('says that it cannot write bytes', () => {
    for (const write of [
      () => v1.push('"1"', '"t"', 'e', new Uint8Array()),
      () => v1.reply('"1"', '"1"', '"t"', 'ok', new Uint8Array()),
      () => v1.broadcast('t', 'e', new Uint8Array()),
    ]) {
      expect(write).toThrow(TypeError);
    }
  });

  it.each(['topic', 'event', 'payload', 'ref'])('needs the field %s', (field) => {
    const { [field]: _left, ...others } = { topic: 't', event: 'e', payload: {}, ref: '1' } as { [field: string]: unknown };
    expect(v1.decodeText(text(others))).toBeNull();
  });
});

describe.each<[string, Serializer]>([
  ['version 1', v1],
  ['version 2', v2],
])('%s, whatever comes', (_name, serializer) => {
  const isMessage = (message: Message | null): void => {
    if (message !== null) expect(Object.keys(message).sort()).toEqual(['event', 'joinRef', 'payload', 'ref', 'topic']);
  };

  it('answers a message or null for any text', async () => {
    const nearly = frame.map((message) => text(Object.values(message)));
    const cut = fc.tuple(nearly, fc.nat()).map(([sent, at]) => sent.slice(0, at % (sent.length + 1)));
    await check(2000, fc.oneof(fc.string({ unit: 'binary' }), json.map(text), cut), async (sent) => isMessage(serializer.decodeText(sent)));
  });

  it('answers a message or null for any bytes', async () => {
    const short = fc.integer({ min: 0, max: 8 });
    const nearly = fc
      .tuple(fc.constantFrom(0, 0, 0, 1, 2, 3, 255), short, short, short, short, fc.uint8Array({ maxLength: 40 }))
      .map(([kind, a, b, c, d, rest]) => new Uint8Array([kind, a, b, c, d, ...rest]));
    await check(2000, fc.oneof(bytes, nearly), async (sent) => isMessage(serializer.decodeBinary(sent)));
  });

  it('does not fall for depth', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(() => serializer.decodeText(deep)).not.toThrow();
    expect(() => serializer.decodeText(`["1","1","t","e",${deep}]`)).not.toThrow();
  });
});

describe('version 2, frames that are none', () => {
  it.each([
    '',
    ' ',
    '[]',
    '{}',
    'null',
    '7',
    '"text"',
    '["1","1","t","e"]',
    '["1","1","t","e",]',
    '[1,2,3,4,5',
    '\ufeff["1","1","t","e",{}]',
  ])('%s', (sent) => {
    expect(v2.decodeText(sent)).toBeNull();
  });

  it.each([
    ['of another kind', [1, 0, 0, 0, 0]],
    ['too short', [0, 0, 0, 0]],
    ['with lengths beyond the end', [0, 1, 0, 0, 0]],
    ['with text that is not UTF-8', [0, 1, 0, 0, 0, 255]],
    ['with half a surrogate pair', [0, 3, 0, 0, 0, 0xed, 0xa0, 0x80]],
  ])('bytes %s', (_what, sent) => {
    expect(v2.decodeBinary(new Uint8Array(sent))).toBeNull();
  });
});

describe('versions', () => {
  // As `Version.match?` of Elixir answers for `~> 1.0.0` and `~> 2.0.0`.
  it.each([
    [undefined, 'v1'],
    ['1.0.0', 'v1'],
    ['1.0.1-a', 'v1'],
    ['2.0.5', 'v2'],
    ['2.0.0+b', 'v2'],
    ['2.0.1-rc.1', 'v2'],
    ['2.0.5-beta+x', 'v2'],
    ['2.0.0-rc.1', undefined],
    ['2.0.1-0.a1.01b', 'v2'],
    ['2.0.1-01', undefined],
    ['2.0.0-', undefined],
    ['2.0.01', undefined],
    ['02.0.0', undefined],
    ['2.0', undefined],
    ['2.1.0', undefined],
    ['2.0.0\n', undefined],
    ['', undefined],
    [['2.0.0'], undefined],
  ])('%j', (vsn, name) => {
    expect(new Serializers([]).forVersion(vsn)?.name).toBe(name);
  });
});

describe('text that Phoenix cannot read', () => {
  const [v1Frame, v2Frame] = [(p: string) => `{"topic":"t","event":"e","ref":"1","payload":${p}}`, (p: string) => `["1","1","t","e",${p}]`];
  const both = [
    [v1, v1Frame],
    [v2, v2Frame],
  ] as const;

  it.each([
    '"\\ud83d"',
    '"\\udf89"',
    '"\\udf89\\ud83c"',
    '"\\ud83cx\\udf89"',
    '"\\ud83c\\ud83c\\udf89"',
    '{"\\uD83c\\n":1}',
    '"\\ud83c\\\\\\udf89"',
  ])('half a character: %s', (payload) => {
    for (const [serializer, make] of both) expect(serializer.decodeText(make(payload))).toBeNull();
  });

  it.each(['"\\ud83c\\udf89"', '"\\\\ud83c"', '"\\\\\\\\udf89"', '"\\u00e9\\ud83c\\udf89\\ud83C\\uDF89\\u0041"'])(
    'but not %s',
    (payload) => {
      for (const [serializer, make] of both) expect(serializer.decodeText(make(payload))?.payload).toBe(JSON.parse(payload));
    },
  );

  it('takes any string that is well formed, and no other', async () => {
    await check(500, fc.array(fc.constantFrom('\ud83c', '\udf89', 'a', '\\', 'ud83c', '"', 'é'), { maxLength: 8 }), async (parts) => {
      const said = parts.join('');
      const escaped = JSON.stringify(said).replace(/[\ud800-\udfff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
      expect(v2.decodeText(v2Frame(escaped))?.payload).toBe(Buffer.from(said).toString() === said ? said : undefined);
    });
  });
});

describe('binary frames with what is no text', () => {
  const push = (fields: readonly string[]) =>
    Uint8Array.from([0, ...fields.map(({ length }) => length), ...Array.from(fields.join(''), (char) => char.charCodeAt(0))]);

  it('an event, which no channel has a handler for', () => {
    expect(v2.decodeBinary(push(['1', '2', 't', '\xff']))).toEqual({
      joinRef: '1',
      ref: '2',
      topic: 't',
      event: Uint8Array.of(0xff),
      payload: new Uint8Array(),
    });
  });

  it.each([
    ['topic', ['1', '2', '\xff', 'e']],
    ['ref', ['1', '\xff', 't', 'e']],
    ['join_ref', ['\xff', '2', 't', 'e']],
  ])('a %s cannot be given back', (_field, fields) => {
    expect(v2.decodeBinary(push(fields))).toBeNull();
  });
});
