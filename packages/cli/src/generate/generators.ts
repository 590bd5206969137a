import type { Insertion } from './insert.js';
import type { Names } from './names.js';
import * as templates from './templates.js';

/** What one kind of generator writes: new files by name, and entries in files that are there. */
export interface Plan {
  readonly files: { readonly [path: string]: string };
  readonly insertions: readonly Insertion[];
}

export interface Generator {
  /** What the class's name ends with. */
  readonly suffix: string;
  plan(names: Names): Plan;
}

const APPLICATION = 'src/application.ts';
const USER_SOCKET = 'src/user-socket.ts';

function child(Class: string, file: string, name: string): Insertion {
  return {
    file: APPLICATION,
    import: `import { ${Class} } from './${file}.js';`,
    after: 'children: [',
    entry: `{ start: ${Class}, name: '${name}' },`,
    unless: `start: ${Class},`,
  };
}

export const generators: { readonly [kind: string]: Generator } = {
  genserver: {
    suffix: '',
    plan: (names) => ({
      files: { [`src/${names.kebab}.ts`]: templates.genServer(names), [`test/${names.kebab}.test.ts`]: templates.genServerTest(names) },
      insertions: [child(names.pascal, names.kebab, names.kebab)],
    }),
  },
  supervisor: {
    suffix: 'Supervisor',
    plan: (names) => ({
      files: {
        [`src/${names.kebab}-supervisor.ts`]: templates.supervisor(names),
        [`test/${names.kebab}-supervisor.test.ts`]: templates.supervisorTest(names),
      },
      insertions: [child(`${names.pascal}Supervisor`, `${names.kebab}-supervisor`, `${names.kebab}-supervisor`)],
    }),
  },
  contract: {
    suffix: 'Contract',
    plan: (names) => ({
      files: {
        [`src/${names.kebab}-contract.ts`]: templates.contract(names),
        [`test/${names.kebab}-contract.test.ts`]: templates.contractTest(names),
      },
      insertions: [],
    }),
  },
  channel: {
    suffix: 'Channel',
    plan: (names) => ({
      files: {
        [`src/${names.kebab}-contract.ts`]: templates.contract(names),
        [`src/${names.kebab}-channel.ts`]: templates.channel(names),
        [`test/${names.kebab}-channel.test.ts`]: templates.channelTest(names),
      },
      insertions: [
        {
          file: USER_SOCKET,
          import: `import { ${names.pascal}Channel } from './${names.kebab}-channel.js';`,
          after: 'routes({',
          entry: `'${names.snake}:*': ${names.pascal}Channel,`,
          unless: `: ${names.pascal}Channel`,
        },
      ],
    }),
  },
  socket: {
    suffix: 'Socket',
    plan: (names) => ({
      files: {
        [`src/${names.kebab}-socket.ts`]: templates.socket(names),
        [`test/${names.kebab}-socket.test.ts`]: templates.socketTest(names),
      },
      insertions: [
        {
          file: APPLICATION,
          import: `import { ${names.pascal}Socket } from './${names.kebab}-socket.js';`,
          after: 'sockets: {',
          entry: `'/${names.kebab}': { handler: ${names.pascal}Socket },`,
          unless: `handler: ${names.pascal}Socket`,
        },
      ],
    }),
  },
  presence: {
    suffix: 'Presence',
    plan: (names) => ({
      files: {
        [`src/${names.kebab}-presence.ts`]: templates.presence(names),
        [`test/${names.kebab}-presence.test.ts`]: templates.presenceTest(names),
      },
      insertions: [],
    }),
  },
};
