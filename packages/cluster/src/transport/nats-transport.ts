import type { Msg, NatsConnection, NodeConnectionOptions, RequestError, Subscription } from '@nats-io/transport-node';
import { reports } from '@rekindle/kernel/internal';
import type { NatsAccess } from './nats-access.js';
import type { ClusterTransport, Handler, Listening, NoAnswer, TransportEvent } from './transport.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 1000;

/** A subscription that outlives connections. */
interface Wanted {
  readonly subject: string;
  readonly take: (message: Msg) => void;
  live: Subscription | null;
}

/** Core NATS, over one connection. */
export class NatsTransport implements ClusterTransport {
  readonly #settings: NodeConnectionOptions;
  readonly #wanted = new Set<Wanted>();
  readonly #flushing = new Set<() => void>();
  #connection: NatsConnection | null = null;
  #connected = false;
  #stopped = false;
  #retry: NodeJS.Timeout | null = null;
  #events: (event: TransportEvent) => void = () => {};

  /** `name` is what NATS shows for this connection; `inbox` the prefix of subjects that answers come back on. */
  constructor(access: NatsAccess, name: string, inbox: string) {
    const { authenticator } = access;
    const servers = [access.servers].flat();
    const { user = access.user, pass = access.pass, token = access.token } = credentialsIn(servers[0] ?? '');
    const tls = access.tls ?? (servers.some((server) => server.startsWith('tls://')) ? {} : undefined);
    this.#settings = {
      // The client neither reads credentials from an address nor says that it does not.
      servers: servers.map((server) => server.replace(/^([a-z]+:\/\/)?([^@]*@)?/, '')),
      ...(user === undefined ? {} : { user }),
      ...(pass === undefined ? {} : { pass }),
      ...(token === undefined ? {} : { token }),
      ...(authenticator === undefined ? {} : { authenticator }),
      ...(tls === undefined ? {} : { tls }),
      name,
      inboxPrefix: inbox,
      noEcho: true,
      noAsyncTraces: true,
      ignoreAuthErrorAbort: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      reconnectJitter: 100,
      reconnectJitterTLS: 100,
      // A black-holed connection is noticed after 2 to 3 s, well before others give this node up.
      pingInterval: 1000,
      maxPingOut: 2,
      timeout: 5000,
    };
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** For what needs more than messages; null while there is none. */
  get connection(): NatsConnection | null {
    return this.#connected ? this.#connection : null;
  }

  get maxPayload(): number {
    return this.#connection?.info?.max_payload ?? 2 ** 20;
  }

  start(events: (event: TransportEvent) => void): void {
    this.#events = events;
    void this.#connect('');
  }

  publish(subject: string, bytes: Uint8Array): boolean {
    const connection = this.#connection;
    // Between dials the client takes messages only to throw them away, without a word.
    if (connection === null || !this.#connected) return false;
    connection.publish(subject, bytes);
    return true;
  }

  subscribe(subject: string, handler: Handler): Listening {
    return this.#listen(subject, (message) => handler(message.data, message));
  }

  /** As `subscribe`, with the message as NATS's client gives it. */
  listen(subject: string, take: (message: Msg) => void): Listening {
    return this.#listen(subject, take);
  }

  answer(subject: string, reply: () => Uint8Array): Listening {
    return this.#listen(subject, (message) => void message.respond(reply()));
  }

  async request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | NoAnswer> {
    const connection = this.#connection;
    if (connection === null || !this.#connected) return 'timeout';
    try {
      return (await connection.request(subject, bytes, { timeout: timeoutMs })).data;
    } catch (error) {
      return (error as Partial<RequestError>).isNoResponders?.() === true ? 'no_responders' : 'timeout';
    }
  }

  flush(): Promise<void> {
    const connection = this.#connection;
    if (connection === null || !this.#connected) return Promise.resolve();
    return new Promise((resolve) => {
      // The client's own promise may wait for the next connection, however long that takes.
      const done = (): void => {
        this.#flushing.delete(done);
        resolve();
      };
      this.#flushing.add(done);
      connection.flush().then(done, done);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#connected = false;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#connection?.close();
    this.#connection = null;
  }

  // ---------------------------------------------------------------- the connection

  /** The client retries by itself only after its first success, and does not say why it fails before. */
  async #connect(saidBefore: string, waitMs = FIRST_RETRY_MS): Promise<void> {
    try {
      const { connect } = await import('@nats-io/transport-node');
      const connection = await connect(this.#settings);
      if (this.#stopped) await connection.close();
      else this.#established(connection);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (this.#stopped) return;
      if (error.message !== saidBefore) this.#events({ type: 'unreachable', error });
      this.#retry = setTimeout(() => void this.#connect(error.message, Math.min(MAX_RETRY_MS, waitMs * 2)), waitMs * (0.5 + Math.random()));
    }
  }

  #established(connection: NatsConnection): void {
    this.#connection = connection;
    for (const wanted of this.#wanted) this.#subscribe(connection, wanted);
    void this.#watch(connection);
    this.#connected = true;
    this.#events({ type: 'connected', server: connection.getServer() });
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (this.#stopped) return;
      if (status.type === 'disconnect') this.#lost();
      else if (status.type === 'reconnect') {
        this.#connected = true;
        this.#events({ type: 'connected', server: status.server });
      } else if (status.type === 'error') this.#events({ type: 'error', error: status.error });
      else if (status.type === 'ldm') await connection.reconnect();
    }
    // Closed for good, which the settings above do not ask for.
    this.#lost();
    if (!this.#stopped && this.#connection === connection) {
      this.#connection = null;
      void this.#connect('');
    }
  }

  #lost(): void {
    if (!this.#connected) return;
    this.#connected = false;
    for (const done of [...this.#flushing]) done();
    this.#events({ type: 'disconnected' });
  }

  // ---------------------------------------------------------------- subscriptions

  #listen(subject: string, take: (message: Msg) => void): Listening {
    const wanted: Wanted = { subject, take, live: null };
    this.#wanted.add(wanted);
    if (this.#connection !== null) this.#subscribe(this.#connection, wanted);
    return {
      unsubscribe: () => {
        this.#wanted.delete(wanted);
        wanted.live?.unsubscribe();
      },
    };
  }

  #subscribe(connection: NatsConnection, wanted: Wanted): void {
    wanted.live = connection.subscribe(wanted.subject, {
      callback: (error, message) => {
        if (error !== null) return;
        try {
          wanted.take(message);
        } catch (thrown) {
          // Thrown into the client it would end its reading, and with it the connection, for ever.
          reports.reportStrayError(thrown);
        }
      },
    });
  }
}

function credentialsIn(server: string): Pick<NatsAccess, 'user' | 'pass' | 'token'> {
  const [, name, password] = /^(?:[a-z]+:\/\/)?([^@:]+)(?::([^@]*))?@/.exec(server) ?? [];
  if (name === undefined) return {};
  return password === undefined ? { token: decoded(name) } : { user: decoded(name), pass: decoded(password) };
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
