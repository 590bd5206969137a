import { readdirSync, readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';

// What the sources of the packages say, for pages that list it.

function filesOf(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${root}/${folder}/${name}`, 'utf8'));
}

const PROGRAMS = ['cli', 'create-realtime-app', 'e2e'];

/** The texts of all sources of the packages that users import, or of one folder. */
export const sources = (folder?: string): string[] =>
  folder !== undefined
    ? filesOf(folder)
    : readdirSync(`${root}/packages`)
        .filter((name) => !PROGRAMS.includes(name))
        .flatMap((name) => filesOf(`packages/${name}/src`));

const literals = (text: string): string[] => [...text.matchAll(/'([\w.]+)'/g)].map(([, literal = '']) => literal).sort();

/** The codes of each class of error that has one. */
export function errorCodes(texts: readonly string[]): { readonly [name: string]: string[] } {
  const types = new Map(
    texts.flatMap((text) => [...text.matchAll(/type (\w+Code) =([^;]+);/g)].map(([, name, is = '']) => [name, literals(is)] as const)),
  );
  const classes = texts.flatMap((text) =>
    [...text.matchAll(/class (\w+) extends Error \{([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => {
      const [, type, literal] = /readonly code(?:: (\w+);| = ('\w+'))/.exec(body) ?? [];
      const codes = literal === undefined ? types.get(type) : literals(literal);
      if (type !== undefined && codes === undefined) throw new Error(`${name}: the sources have no type ${type} of literals`);
      return [name, codes] as const;
    }),
  );
  return Object.fromEntries(classes.filter((one): one is readonly [string, string[]] => one[1] !== undefined));
}

/** Names of diagnostics channels: constants for which a channel is made. */
export const channelNames = (texts: readonly string[]): string[] =>
  texts
    .flatMap((text) =>
      [...text.matchAll(/^(?:export )?const (\w+) = '([\w.]+)';$/gm)]
        .filter(([, constant]) => text.includes(` channel(${constant})`))
        .map(([, , name = '']) => name),
    )
    .sort();

/** The fields of an interface. */
export function fieldsOf(texts: readonly string[], name: string): string[] {
  const bodies = texts.flatMap((text) => [...text.matchAll(new RegExp(`^export interface ${name} \\{([\\s\\S]*?)^\\}`, 'gm'))]);
  if (bodies.length !== 1) throw new Error(`expected one interface ${name}, the sources have ${bodies.length}`);
  return [...(bodies[0]?.[1] ?? '').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = '']) => field).sort();
}
