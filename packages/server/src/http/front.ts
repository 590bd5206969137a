import { BodyTooLarge, type HttpRequest, type HttpResponse } from '../adapters/adapter.js';
import type { EndpointSpec } from '../endpoint-spec.js';
import type { ClientAddresses } from '../gateway/client-address.js';
import { publicUri } from '../gateway/handshake.js';
import type { ForwardedResponse, SchedulerPort } from '../gateway/scheduler-port.js';
import { compressed } from './compression.js';
import { staticFile } from './static-files.js';

interface Waiting {
  readonly thread: number;
  readonly resolve: (response: HttpResponse) => void;
}

/** Answers HTTP requests on the gateway: static files itself, everything else through the application. */
export class HttpFront {
  readonly #endpoint: EndpointSpec;
  readonly #clients: ClientAddresses;
  readonly #scheduler: () => SchedulerPort | undefined;
  readonly #isReady: () => boolean;
  readonly #bodyTooLong: () => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #webSocketPaths: ReadonlySet<string>;
  #nextRequest = 1;

  constructor(
    endpoint: EndpointSpec,
    clients: ClientAddresses,
    scheduler: () => SchedulerPort | undefined,
    isReady: () => boolean,
    bodyTooLong: () => void,
  ) {
    this.#endpoint = endpoint;
    this.#clients = clients;
    this.#scheduler = scheduler;
    this.#isReady = isReady;
    this.#bodyTooLong = bodyTooLong;
    this.#webSocketPaths = new Set(endpoint.sockets.filter((socket) => socket.websocket).map((socket) => `${socket.path}/websocket`));
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    // `*`, and URLs for a proxy: appended to the host they would be a part of it.
    if (!request.path.startsWith('/')) return plain(400, 'expected a path that begins with /');
    if (request.path === this.#endpoint.readiness) return this.#readiness();
    const response = await this.#answer(request);
    return this.#endpoint.httpCompression ? compressed(response, request.headers['accept-encoding']) : response;
  }

  #readiness(): HttpResponse {
    const ready = this.#isReady() && this.#scheduler() !== undefined;
    const headers = [
      ['content-type', 'text/plain; charset=utf-8'],
      ['cache-control', 'no-store'],
    ] as const;
    return { status: ready ? 200 : 503, headers, body: ready ? 'ready' : 'not ready' };
  }

  async #answer(request: HttpRequest): Promise<HttpResponse> {
    if (this.#webSocketPaths.has(request.path)) return plain(400, 'expected a WebSocket handshake');
    if (request.method === 'GET' || request.method === 'HEAD') {
      const file = await staticFile(this.#endpoint.static, request);
      if (file !== null) return file;
    }
    return this.#endpoint.http ? this.#forward(request) : plain(404, 'not found');
  }

  async #forward(request: HttpRequest): Promise<HttpResponse> {
    let body: Uint8Array;
    try {
      body = await request.body(this.#endpoint.maxBodyBytes);
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) return plain(400, 'the body could not be read');
      this.#bodyTooLong();
      return plain(413, error.message);
    }
    const port = this.#scheduler();
    if (port === undefined) return plain(503, 'no scheduler is running');
    const id = this.#nextRequest++;
    return new Promise((resolve) => {
      this.#waiting.set(id, { thread: port.thread, resolve });
      const { address, secure } = this.#clients.clientOf(request);
      const url = publicUri(secure ? 'https' : 'http', request);
      port.request({ id, method: request.method, url, headers: request.headers, body, peer: address });
    });
  }

  responded(id: number, { status, headers, body }: ForwardedResponse): void {
    this.#waiting.get(id)?.resolve({ status, headers, body: body.length === 0 ? null : body });
    this.#waiting.delete(id);
  }

  schedulerDown(thread: number): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.thread !== thread) continue;
      this.#waiting.delete(id);
      waiting.resolve(plain(503, 'the thread that handled the request has ended'));
    }
  }
}

/** What HEAD is answered with: the length of what is left out. */
export function withoutBody({ status, headers, body }: HttpResponse): HttpResponse {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    body?.destroy();
    return { status, headers, body: null };
  }
  const others = headers.filter(([name]) => name.toLowerCase() !== 'content-length');
  return { status, headers: [...others, ['content-length', String(Buffer.byteLength(body))]], body: null };
}

export function plain(status: number, text: string): HttpResponse {
  return { status, headers: [['content-type', 'text/plain; charset=utf-8']], body: text };
}
