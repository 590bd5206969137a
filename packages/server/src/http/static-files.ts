import type { IncomingMessage } from 'node:http';
import { send } from '@fastify/send';
import type { HttpRequest, HttpResponse } from '../adapters/adapter.js';

/** A file below `folder`, with ETag, ranges and conditional requests; null if there is none at that path. */
export async function staticFile(folder: string, request: HttpRequest): Promise<HttpResponse | null> {
  // The library reads method and headers only.
  const asked = { method: request.method, headers: request.headers } as unknown as IncomingMessage;
  const { type, statusCode, headers, stream } = await send(asked, request.path, { root: folder, dotfiles: 'deny' });
  if (type !== 'file') return null;
  const list = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return { status: statusCode, headers: list, body: request.method === 'HEAD' || statusCode === 304 ? null : stream };
}
