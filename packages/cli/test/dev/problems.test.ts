import { expect, it } from 'vitest';
import { crashesOf, typeErrors } from '../../dist/dev/problems.js';

it('finds type errors in what the compiler prints, with and without colours', () => {
  const output = `12:00:00 - Starting compilation in watch mode...

src/room.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.
\u001b[96msrc/a.ts\u001b[0m:\u001b[93m7\u001b[0m:\u001b[93m9\u001b[0m - \u001b[91merror\u001b[0m\u001b[90m TS1005: \u001b[0m';' expected.
`;
  expect(typeErrors(output)).toEqual([
    { kind: 'types', file: 'src/room.ts', line: 3, column: 5, message: "TS2322: Type 'string' is not assignable to type 'number'." },
    { kind: 'types', file: 'src/a.ts', line: 7, column: 9, message: "TS1005: ';' expected." },
  ]);
});

it('finds crashes in what the app prints, and where in the sources', () => {
  const text = `2026-11-21T10:00:00.000Z [error] Room 'room:1' <local.1.5> crashed: Error: boom
    at f (/app/node_modules/x/dist/index.js:1:1)
    at Room.crash (/app/src/room.ts:12:11)
    at next (file:///app/src/other.ts:1:1)
2026-11-21T10:00:00.001Z [error] supervisor 'rooms' <local.1.3>: child_terminated
    Reason: Error: boom
    at Room.crash (/app/src/room.ts:12:11)
2026-11-21T10:00:00.002Z [error] RoomChannel <local.1.9> crashed: CallError: call 'crash' failed
    at f (/app/node_modules/x/dist/index.js:1:1)`;
  const isLibrary = (file: string) => file.includes('/node_modules/');
  expect(crashesOf(text, isLibrary)).toEqual([
    { kind: 'crash', file: '/app/src/room.ts', line: 12, column: 11, message: "Room 'room:1' <local.1.5> crashed: Error: boom" },
    {
      kind: 'crash',
      file: undefined,
      line: undefined,
      column: undefined,
      message: "RoomChannel <local.1.9> crashed: CallError: call 'crash' failed",
    },
  ]);
  expect(crashesOf('Error: bad\nno frames', isLibrary)).toMatchObject([{ file: undefined, message: 'Error: bad' }]);
  expect(crashesOf('all is well', isLibrary)).toEqual([]);
});
