import { describe, expect, it } from 'vitest';
import { inserted } from '../../dist/generate/insert.js';
import { namesOf } from '../../dist/generate/names.js';

const insertion = {
  file: 'src/application.ts',
  import: "import { Cart } from './cart.js';",
  after: 'children: [',
  entry: "{ start: Cart, name: 'cart' },",
  unless: 'start: Cart,',
};

describe('inserted', () => {
  it.each([
    ['an empty list', 'children: []', "children: [\n  { start: Cart, name: 'cart' },\n]"],
    ['a list in one line', 'children: [A, B]', "children: [\n  A, B,\n  { start: Cart, name: 'cart' },\n]"],
    ['a list over lines', '  children: [\n    A,\n    B,\n  ],', "  children: [\n    A,\n    B,\n    { start: Cart, name: 'cart' },\n  ],"],
    [
      'brackets in entries, text and comments',
      "children: [\n  { start: A, args: ['x]', `]`] }, // not ]\n  /* nor ] */\n  B,\n]",
      "children: [\n  { start: A, args: ['x]', `]`] }, // not ]\n  /* nor ] */\n  B,\n  { start: Cart, name: 'cart' },\n]",
    ],
  ])('puts an entry into %s', (_what, before, after) => {
    const text = `import { a } from 'a';\nimport {\n  b,\n} from 'b';\n\n`;
    expect(inserted(`${text}${before}`, insertion)).toBe(`${text.trimEnd()}\n${insertion.import}\n\n${after}`);
  });

  it('changes nothing the second time', () => {
    const once = inserted('children: []', insertion) as string;
    expect(once).toContain('start: Cart,');
    expect(inserted(once, insertion)).toBe(once);
  });

  it('finds no list where there is none, or where it does not end', () => {
    expect(inserted('const children = [];', insertion)).toBeUndefined();
    expect(inserted("children: [ 'x", insertion)).toBeUndefined();
    expect(inserted('children: [ // x', insertion)).toBeUndefined();
  });
});

describe('namesOf', () => {
  it.each([
    ['chat-room', 'ChatRoom', 'chat-room', 'chat_room'],
    ['ChatRoom', 'ChatRoom', 'chat-room', 'chat_room'],
    ['ChatRoomChannel', 'ChatRoom', 'chat-room', 'chat_room'],
    ['channel', 'Channel', 'channel', 'channel'],
    ['room2', 'Room2', 'room2', 'room2'],
  ])('%s is %s in code and %s in files', (given, pascal, kebab, snake) => {
    expect(namesOf(given, 'Channel')).toMatchObject({ pascal, kebab, snake });
  });
});
