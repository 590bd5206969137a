import type { Readable } from 'node:stream';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { negotiate } from '@fastify/accept-negotiator';
import compressible from 'compressible';
import type { HttpResponse } from '../adapters/adapter.js';

const ENCODINGS = ['br', 'gzip'];
/** Smaller bodies are not worth it. */
const MIN_BYTES = 1024;
/** Brotli's best takes a second for a megabyte; this is about as fast as gzip and smaller. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/**
 * The response, compressed if the client takes that, its content shrinks by it, and it is whole: parts of files and what is
 * compressed already stay as they are. The work is done on libuv's threads.
 */
export async function compressed(response: HttpResponse, acceptEncoding: string | undefined): Promise<HttpResponse> {
  const { status, headers, body } = response;
  const header = (name: string): string | undefined => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  const type = header('content-type');
  if (body === null || status === 206 || header('content-encoding') !== undefined) return response;
  if (type === undefined || compressible(type) !== true || header('cache-control')?.includes('no-transform') === true) return response;
  const length =
    typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : Number(header('content-length') ?? MIN_BYTES);
  if (length < MIN_BYTES) return response;
  const vary = ['vary', [header('vary'), 'accept-encoding'].filter((name) => name !== undefined).join(', ')] as const;
  const others = headers.filter(([name]) => name.toLowerCase() !== 'vary');
  const encoding = acceptEncoding === undefined ? null : negotiate(acceptEncoding, ENCODINGS);
  if (encoding === null) return { status, headers: [...others, vary], body };
  const kept = others.filter(([name]) => !['content-length', 'accept-ranges'].includes(name.toLowerCase())).map(weakened);
  return { status, headers: [...kept, vary, ['content-encoding', encoding]], body: await encode(body, encoding) };
}

/** The same content in other bytes: a strong ETag would promise the same bytes. */
function weakened([name, value]: readonly [string, string]): readonly [string, string] {
  return name.toLowerCase() === 'etag' && !value.startsWith('W/') ? [name, `W/${value}`] : [name, value];
}

function encode(body: string | Uint8Array | Readable, encoding: string): Promise<Uint8Array> | Readable {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, bytes: Buffer): void => (error === null ? resolve(bytes) : reject(error));
      if (encoding === 'br') brotliCompress(body, BROTLI, done);
      else gzip(body, done);
    });
  }
  const encoder = encoding === 'br' ? createBrotliCompress(BROTLI) : createGzip();
  body.on('error', (error) => encoder.destroy(error));
  // The client went away.
  encoder.on('close', () => body.destroy());
  return body.pipe(encoder);
}
