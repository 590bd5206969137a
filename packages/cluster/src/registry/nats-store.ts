import type { JetStreamManager } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { NameStore, StoredEntry, StoreFailure } from './name-store.js';

/** The server's own codes: another revision than expected, with and without saying which. */
const WRONG_REVISION: readonly unknown[] = [10071, 10164];

/** What the server says when there are fewer servers than replicas. */
const NO_PLACE = 'no suitable peers for placement';

interface Bound {
  readonly connection: NatsConnection;
  readonly kv: KV;
  readonly manager: JetStreamManager;
}

/**
 * A bucket of JetStream's key-value store, read at its leader only: other replicas may be behind and do not say so. What is removed is
 * purged from the stream, as a deleted key would stay there as a mark for ever.
 */
export class NatsStore implements NameStore {
  readonly #connection: () => NatsConnection | null;
  readonly #bucket: string;
  readonly #replicas: number | undefined;
  readonly #timeoutMs: number;
  #bound: Bound | null = null;

  /** `connection` answers null while there is none. `replicas` undefined: 3 in a cluster of NATS servers, 1 otherwise. */
  constructor(connection: () => NatsConnection | null, bucket: string, replicas: number | undefined, timeoutMs: number) {
    this.#connection = connection;
    this.#bucket = bucket;
    this.#replicas = replicas;
    this.#timeoutMs = timeoutMs;
  }

  async open(): Promise<StoreFailure | null> {
    const connection = this.#connection();
    if (connection === null) return { code: 'unavailable', message: 'there is no connection to NATS' };
    const { jetstream } = await import('@nats-io/jetstream');
    const { Kvm } = await import('@nats-io/kv');
    try {
      const client = jetstream(connection, { timeout: this.#timeoutMs });
      const manager = await client.jetstreamManager();
      const kv = await new Kvm(client).create(this.#bucket, {
        description: 'names and leases of Rekindle nodes',
        history: 1,
        replicas: this.#replicasOn(connection.info),
        allow_direct: false,
      });
      this.#bound = { connection, kv, manager };
      return this.#check(await manager.streams.info(this.#stream));
    } catch (thrown) {
      const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (message.includes(NO_PLACE)) return { code: 'unavailable', message: `${message}: ${this.#wantsServers(connection)}` };
      // The client does not export its class.
      if (name !== 'JetStreamNotEnabled') return { code: 'unavailable', message };
      const server = connection.getServer();
      return { code: 'no_jetstream', message: `JetStream is off on the NATS server at ${server} (start it with -js -sd FOLDER)` };
    }
  }

  #wantsServers({ info }: NatsConnection): string {
    const replicas = this.#replicasOn(info);
    return `the bucket ${this.#bucket} is to be on ${replicas} NATS servers with JetStream: are so many up, and in touch with one another?`;
  }

  #replicasOn(info: NatsConnection['info']): number {
    return this.#replicas ?? (info?.cluster === undefined ? 1 : 3);
  }

  /** Somebody may have made it before. */
  #check({ config }: { config: { storage: string; max_age: number } }): StoreFailure | null {
    const wrong = config.storage === 'file' ? (config.max_age > 0 ? 'forgets keys after a time' : null) : 'is not kept on disk';
    return wrong === null
      ? null
      : { code: 'bad_bucket', message: `the key-value bucket ${this.#bucket} ${wrong}: delete it, to be made anew` };
  }

  async read(key: string): Promise<StoredEntry | null | 'unknown'> {
    const bound = this.#usable();
    if (bound === null) return 'unknown';
    try {
      const entry = await bound.kv.get(key);
      if (entry === null) return null;
      return {
        revision: entry.revision,
        value: entry.operation === 'PUT' ? entry.string() : null,
        writtenAt: entry.created.getTime(),
      };
    } catch {
      return 'unknown';
    }
  }

  async write(key: string, value: string, expected: number): Promise<number | 'conflict' | 'unknown'> {
    const bound = this.#usable();
    if (bound === null) return 'unknown';
    try {
      return await bound.kv.put(key, value, { previousSeq: expected, timeout: this.#timeoutMs });
    } catch (thrown) {
      return WRONG_REVISION.includes((thrown as { code?: unknown } | null)?.code) ? 'conflict' : 'unknown';
    }
  }

  async remove(key: string, revision: number): Promise<boolean> {
    const bound = this.#usable();
    if (bound === null) return false;
    try {
      await bound.manager.streams.purge(this.#stream, { filter: `$KV.${this.#bucket}.${key}`, seq: revision + 1 });
      return true;
    } catch {
      return false;
    }
  }

  get #stream(): string {
    return `KV_${this.#bucket}`;
  }

  /** The client keeps what it is given without a connection, and throws it away later. */
  #usable(): Bound | null {
    const connection = this.#connection();
    return connection !== null && this.#bound?.connection === connection ? this.#bound : null;
  }
}
