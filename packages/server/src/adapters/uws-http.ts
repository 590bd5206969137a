import type { HttpRequest as UwsRequest, HttpResponse as UwsResponse } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import type { Refusal } from '@rekindle/channels/internal';
import { BodyTooLarge, type HttpRequest, type HttpResponse } from './adapter.js';

export function headersOf(request: UwsRequest): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  request.forEach((name, value) => {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  });
  return headers;
}

export function textOf(address: ArrayBuffer): string {
  return Buffer.from(address).toString('latin1');
}

export function refuse(response: UwsResponse, { status, headers = {}, body = '' }: Refusal): void {
  response.cork(() => {
    response.writeStatus(statusLine(status));
    for (const [name, value] of Object.entries(headers)) response.writeHeader(name, value.replace(/[\r\n]+/g, ' '));
    response.end(body, true);
  });
}

function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? 'Status'}`;
}

/** The body has to be read from the first moment; it is kept until it is asked for. */
export function bodyReader(response: UwsResponse): HttpRequest['body'] {
  const chunks: Buffer[] = [];
  let size = 0;
  let done = false;
  let waiting: { limit: number; resolve: (body: Uint8Array) => void; reject: (error: Error) => void } | null = null;
  const settle = (): void => {
    if (waiting === null) return;
    if (size > waiting.limit) waiting.reject(new BodyTooLarge(waiting.limit));
    else if (done) waiting.resolve(Buffer.concat(chunks));
    else return;
    waiting = null;
  };
  response.onData((chunk, isLast) => {
    size += chunk.byteLength;
    if (size <= MAX_KEPT_BODY) chunks.push(Buffer.from(new Uint8Array(chunk)));
    done = isLast;
    settle();
  });
  return (limit) =>
    new Promise((resolve, reject) => {
      waiting = { limit: Math.min(limit, MAX_KEPT_BODY), resolve, reject };
      settle();
    });
}

const MAX_KEPT_BODY = 8 << 20;

export function respond(response: UwsResponse, { status, headers, body }: HttpResponse, isOpen: () => boolean): void {
  response.cork(() => {
    response.writeStatus(statusLine(status));
    for (const [name, value] of headers) if (name.toLowerCase() !== 'content-length') response.writeHeader(name, value);
    if (body === null) response.endWithoutBody(Number(headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? 0));
    else if (typeof body === 'string' || body instanceof Uint8Array) response.end(body);
  });
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return;
  const stream = body;
  stream.on('data', (chunk: Buffer) => {
    if (!isOpen()) return;
    response.cork(() => {
      if (response.write(chunk)) return;
      stream.pause();
      response.onWritable(() => {
        stream.resume();
        return true;
      });
    });
  });
  stream.on('end', () => isOpen() && response.cork(() => response.end()));
  // Ended without having been sent to the end.
  stream.on('close', () => isOpen() && !stream.readableEnded && response.close());
  stream.on('error', () => {});
}
