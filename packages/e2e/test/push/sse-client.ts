import { type ClientRequest, get, type IncomingMessage } from 'node:http';

/** One event as it came. */
export interface SseEvent {
  readonly id?: string;
  readonly event?: string;
  readonly retry?: string;
  readonly data?: unknown;
}

/** Reads server-sent events as text, and can stop to read. */
export class SseClient {
  readonly events: SseEvent[] = [];
  readonly #request: ClientRequest;
  readonly response: IncomingMessage;
  #text = '';
  ended = false;
  readonly #changed = new Set<() => void>();

  private constructor(request: ClientRequest, response: IncomingMessage) {
    this.#request = request;
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#take(chunk));
    response.on('error', () => {});
    response.on('close', () => {
      this.ended = true;
      this.#look();
    });
  }

  static open(url: string, headers: { readonly [name: string]: string } = {}): Promise<SseClient> {
    return new Promise((resolve, reject) => {
      const request = get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false }, (response) =>
        resolve(new SseClient(request, response)),
      );
      request.on('error', reject);
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  #take(chunk: string): void {
    this.#text += chunk;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      const fields = this.#text
        .slice(0, end)
        .split('\n')
        .filter((line) => !line.startsWith(':'));
      this.#text = this.#text.slice(end + 2);
      if (fields.length === 0) continue;
      const event = Object.fromEntries(fields.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      this.events.push(event.data === undefined ? event : { ...event, data: JSON.parse(event.data) as unknown });
    }
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#changed]) look();
  }

  until(fits: (client: SseClient) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!fits(this)) return;
        this.#changed.delete(look);
        resolve();
      };
      this.#changed.add(look);
      look();
    });
  }

  /** What is left of an answer that is no stream. */
  async body(): Promise<string> {
    await this.until(({ ended }) => ended);
    return this.#text;
  }

  /** Numbers of events of that name. */
  get numbers(): unknown[] {
    return this.events.flatMap(({ event, data }) => (event === 'number' ? [(data as { payload: { n: number } }).payload.n] : []));
  }

  get lastId(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  close(): void {
    this.#request.destroy();
  }
}
