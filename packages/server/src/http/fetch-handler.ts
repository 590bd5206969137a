import { reports } from '@rekindle/kernel/internal';
import type { FetchHandler } from '../application.js';
import type { ForwardedRequest, ForwardedResponse } from '../gateway/scheduler-port.js';

/** Has the application's handler answer a request; an error becomes a 500. */
export async function answerWith(handler: FetchHandler | undefined, request: ForwardedRequest): Promise<ForwardedResponse> {
  if (handler === undefined) return text(404, 'not found');
  const asked = requestOf(request);
  if (asked === null) return text(400, 'bad request');
  try {
    const response = await (typeof handler === 'function' ? handler(asked) : handler.fetch(asked));
    if (response.status < 200)
      throw new TypeError(`the HTTP handler: expected a Response with a status from 200 to 599, got ${response.type}`);
    return { status: response.status, headers: [...response.headers], body: new Uint8Array(await response.arrayBuffer()) };
  } catch (error) {
    reports.reportStrayError(error);
    return text(500, 'internal server error');
  }
}

/** Null for what a Request cannot say: a Host that is none, the method TRACE, a header with odd bytes. */
function requestOf({ method, url, headers, body }: ForwardedRequest): Request | null {
  const bodyless = method === 'GET' || method === 'HEAD';
  try {
    return new Request(url, { method, headers: { ...headers }, ...(bodyless ? {} : { body: Buffer.from(body) }) });
  } catch {
    return null;
  }
}

function text(status: number, message: string): ForwardedResponse {
  return { status, headers: [['content-type', 'text/plain; charset=utf-8']], body: new TextEncoder().encode(message) };
}
