import type { SocketClass } from '@rekindle/channels';
import type { Application } from '@rekindle/server';
import { explainLoading, moduleOf } from '../application-module.js';
import type { Command } from '../command.js';
import { UserError } from '../user-error.js';

export const routes: Command = {
  usage: 'routes [MODULE]',
  summary: "lists an application's children, sockets, channels and their options",
  options: {},
  words: [0, 1],
  async run({ positionals: [module] }, around) {
    const url = moduleOf(module, around);
    const { default: application } = (await import(url.href).catch((error: unknown) => explainLoading(url, error))) as {
      default?: Application;
    };
    if (!Array.isArray(application?.children))
      throw new UserError(1, `Expected ${url.pathname} to export an application: export default defineApplication({ children: [...] }).`);
    for (const line of describe(application as Application)) around.print(line);
    return 0;
  },
};

/** What `rekindle routes` prints. */
export function describe({ children, endpoint = {} }: Application): string[] {
  const { sockets = {}, static: folders, http, readiness, path = '' } = endpoint;
  const rows = Object.entries(sockets).flatMap(([at, { handler, websocket = true, longpoll = false, ...options }]) => {
    const transports = [...(websocket ? [`${path}${at}/websocket`] : []), ...(longpoll ? [`${path}${at}/longpoll`] : [])];
    const set = Object.entries(options).map(
      ([name, value]) => `${name}: ${typeof value === 'function' ? 'function' : JSON.stringify(value)}`,
    );
    const channels = [...(handler as SocketClass).channels.table].map(([pattern, Class]) => `  ${pattern}  ${Class.name}`);
    return [`${transports.join(', ')}  ${handler.name}${set.length === 0 ? '' : `  { ${set.join(', ')} }`}`, ...channels];
  });
  return [
    'Children, in start order:',
    ...children.map((child) => `  ${childLine(child)}`),
    'Sockets:',
    ...rows.map((row) => `  ${row}`),
    ...(readiness === undefined ? [] : [`Readiness: ${path}${readiness}`]),
    ...(folders === undefined ? [] : [`Static files: ${staticPaths(folders)}`]),
    ...(http === undefined ? [] : ['HTTP: all other paths go to the fetch handler']),
  ];
}

function childLine(child: unknown): string {
  if (typeof child === 'function') return child.name;
  const { start, name, restart = 'permanent' } = child as { start: { name: string }; name?: string; restart?: string };
  return `${start.name}${name === undefined ? '' : ` '${String(name)}'`}  ${restart}`;
}

function staticPaths(folders: NonNullable<NonNullable<Application['endpoint']>['static']>): string {
  return typeof folders === 'string' || folders instanceof URL ? '/' : Object.keys(folders).join(', ');
}
