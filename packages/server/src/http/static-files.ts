import type { IncomingMessage } from 'node:http';
import { send } from '@fastify/send';
import type { HttpRequest, HttpResponse } from '../adapters/adapter.js';
import type { StaticFolder } from '../endpoint-spec.js';

/** Refusals that mean there is such a file: a precondition that does not hold, a range beyond its end. */
const OF_THE_FILE: ReadonlySet<number> = new Set([412, 416]);

/** The file that is at the request's path in the first folder to have one, with ETag, ranges and conditional requests; else null. */
export async function staticFile(folders: readonly StaticFolder[], request: HttpRequest): Promise<HttpResponse | null> {
  // The library reads method and headers only.
  const asked = { method: request.method, headers: request.headers } as unknown as IncomingMessage;
  for (const { path, folder, cacheControl } of folders) {
    if (!request.path.startsWith(path)) continue;
    const below = request.path.slice(path.length - 1);
    const { type, statusCode, headers, stream } = await send(asked, below, {
      root: folder,
      dotfiles: 'deny',
      cacheControl: cacheControl === null,
    });
    const list = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    if (cacheControl !== null && type === 'file') list.push(['cache-control', cacheControl]);
    if (type !== 'file' && !(type === 'error' && OF_THE_FILE.has(statusCode))) continue;
    return { status: statusCode, headers: list, body: request.method === 'HEAD' || statusCode === 304 ? null : stream };
  }
  return null;
}
