import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Told {
  readonly id: string;
  readonly node: string;
  readonly run: number;
  readonly dropped: number;
  readonly events: readonly { readonly type: string; readonly topic: string; readonly connection?: number; readonly socketId?: string }[];
}

/** `hang`: it never answers. */
export type Reaction = 200 | 302 | 500 | 'hang';

/** Another service, which takes webhooks if their signature is good, or does what receivers do on a bad day. */
export class WebhookReceiver {
  /** All requests whose signature was good, also those that were not answered with 200. */
  readonly requests: Told[] = [];
  badSignatures = 0;
  /** What happens to the next requests; then they are taken. */
  readonly reactions: Reaction[] = [];
  #server: Server;
  readonly #port: number;
  readonly #webhook: Webhook;
  readonly #taken: Told[] = [];
  readonly #changed = new Set<() => void>();

  private constructor(server: Server, secret: string) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.#webhook = new Webhook(secret);
    server.on('request', this.#answer);
  }

  static async start(secret: string): Promise<WebhookReceiver> {
    return new WebhookReceiver(await listen(0), secret);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks`;
  }

  /** What it was told, each request once: `occupied match:1`. */
  get events(): string[] {
    const once = new Map(this.#taken.map((told) => [told.id, told]));
    return [...once.values()].flatMap(({ events }) => events.map(({ type, topic }) => `${type} ${topic}`));
  }

  async until(condition: (receiver: this) => boolean): Promise<void> {
    if (condition(this)) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition(this)) return;
        this.#changed.delete(look);
        resolve();
      };
      this.#changed.add(look);
    });
  }

  /** As when its process is killed. */
  async die(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async comeBack(): Promise<void> {
    this.#server = await listen(this.#port);
    this.#server.on('request', this.#answer);
  }

  readonly #answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const part of request) body += String(part);
    try {
      this.#webhook.verify(body, request.headers as Record<string, string>);
    } catch {
      this.badSignatures++;
      response.writeHead(401).end();
      return;
    }
    const told = { id: String(request.headers['webhook-id']), ...(JSON.parse(body) as Omit<Told, 'id'>) };
    this.requests.push(told);
    const reaction = this.reactions.shift() ?? 200;
    if (reaction === 200) this.#taken.push(told);
    if (reaction !== 'hang') response.writeHead(reaction, { location: `${this.url}/elsewhere` }).end();
    for (const look of [...this.#changed]) look();
  };
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}
