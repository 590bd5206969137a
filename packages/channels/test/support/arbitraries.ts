import fc from 'fast-check';

/** Text that may stand in a binary frame, with the characters that encoders get wrong. */
export const shortText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('', '\ufeff', '\ufeffroom', '\u0000', '"', '\\', '\u2028', '😀', '__proto__', 'null', '1'),
);

export const json: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3 });

export const jsonObject: fc.Arbitrary<{ [key: string]: unknown }> = fc.dictionary(
  fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__proto__', 'constructor', 'topic', '\ufeff')),
  json,
  { maxKeys: 5, noNullPrototype: true },
);

/** Refs are whatever a client sent: they go back as they came. */
export const ref: fc.Arbitrary<unknown> = fc.oneof(fc.nat().map(String), fc.constant(null), fc.integer(), fc.boolean(), shortText);

export const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 });
