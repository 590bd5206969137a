import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { type DevState, EVENTS, OVERLAY, SCRIPT, TAG, WAITING } from './overlay.js';

/** A request waits so long for an app that is being restarted. */
const PATIENCE_MS = 5000;

/** Stands before the app during development: it stays while the app is started again, and puts the overlay into pages. */
export class DevProxy {
  readonly #port: () => Promise<number>;
  readonly #server: Server;
  readonly #pages = new Set<ServerResponse>();
  #state: DevState = { problems: [], reloads: 0 };

  constructor(port: () => Promise<number>) {
    this.#port = port;
    this.#server = createServer((incoming, response) => void this.#request(incoming, response));
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(incoming, socket, head));
  }

  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Tells all open pages. */
  show(state: DevState): void {
    this.#state = state;
    for (const page of this.#pages) this.#tell(page);
  }

  #tell(page: ServerResponse): void {
    page.write(`data: ${JSON.stringify(this.#state)}\n\n`);
  }

  #target(): Promise<number | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    return Promise.race([this.#port(), late]).finally(() => clearTimeout(timer));
  }

  async #request(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.url === EVENTS) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      this.#pages.add(response);
      response.once('close', () => this.#pages.delete(response));
      this.#tell(response);
      return;
    }
    if (incoming.url === SCRIPT) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(OVERLAY);
      return;
    }
    const port = this.#state.problems.length > 0 ? await Promise.race([this.#port(), undefinedSoon()]) : await this.#target();
    if (port === undefined) {
      response.writeHead(503, { 'content-type': 'text/html' }).end(WAITING);
      return;
    }
    // Uncompressed and whole, so that the script can be put into it.
    const headers = { ...incoming.headers, 'accept-encoding': 'identity' };
    const forwarded = request({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers }, (answer) =>
      forward(answer, response),
    );
    forwarded.on('error', () => {
      if (!response.headersSent) response.writeHead(503, { 'content-type': 'text/html' });
      response.end(WAITING);
    });
    incoming.pipe(forwarded);
  }

  async #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const port = await this.#target();
    if (port === undefined) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
      return;
    }
    const app = connect({ host: '127.0.0.1', port }, () => {
      const lines: string[] = [];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      app.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      app.write(head);
      socket.pipe(app).pipe(socket);
    });
    app.on('error', () => socket.destroy());
    app.on('close', () => socket.destroy());
    socket.on('close', () => app.destroy());
  }
}

function undefinedSoon(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), 50));
}

function forward(answer: IncomingMessage, response: ServerResponse): void {
  const { statusCode = 502, headers } = answer;
  if (!(headers['content-type'] ?? '').startsWith('text/html')) {
    response.writeHead(statusCode, headers);
    answer.pipe(response);
    return;
  }
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8');
    const page = Buffer.from(/<head[^>]*>/i.test(text) ? text.replace(/<head[^>]*>/i, (tag) => tag + TAG) : TAG + text);
    const { 'content-length': _length, etag: _etag, 'accept-ranges': _ranges, 'last-modified': _modified, ...rest } = headers;
    response.writeHead(statusCode, {
      ...rest,
      'cache-control': 'no-store',
      ...(page.length === 0 ? {} : { 'content-length': page.length }),
    });
    response.end(page);
  });
}
