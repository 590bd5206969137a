import { createHash } from 'node:crypto';
import type { JetStreamClient, JetStreamManager, StoredMsg, StreamInfo } from '@nats-io/jetstream';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { MisuseError } from '@rekindle/kernel';
import type { Excerpt, FreshEvent, Head, StoredEvent, StoreEvents, StoreLimits } from '@rekindle/pubsub';
import { isComplete, NotKept, type Origin, originOf } from '@rekindle/pubsub/internal';
import type { Subjects } from '../subjects.js';
import { topicShard, topicToken } from '../topics/topic-token.js';
import type { NatsTransport } from '../transport/nats-transport.js';
import type { Listening } from '../transport/transport.js';
import type { ClusterHistory } from './cluster-history.js';
import type { JetStreamHistory } from './history-options.js';
import { apiCode, isRefusal, NO_MESSAGE, STREAM_NAME_IN_USE, STREAM_NOT_FOUND } from './jetstream-error.js';
import { KeptSince } from './kept-since.js';
import { type Attempt, Outbox, type Publication } from './outbox.js';
import { decodeEvent, encodeEvent } from './stored-frame.js';
import { needsMore, streamConfig, streamName } from './stream-config.js';

/** Who may have been asked in vain is asked again after so long. */
const RETRY_MS = 100;
const REQUEST_MS = 2000;
/** How often the stream is looked at: whether it still is the same one. */
const LOOK_EVERY_MS = 15_000;
/** Of its time a repeat is known for, so much is left for what is under way. */
const MARGIN_MS = 10_000;

/** Says what happened: for the log. */
export interface HistoryReports {
  /** JetStream cannot be used, and why; said again when the reason changes. */
  unusable(error: Error): void;
  notKept(topic: string, error: NotKept): void;
  bad(node: string): void;
}

interface JetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** Keeps events in one JetStream stream per cluster, with a subject for each topic, and republishes them to the nodes that listen. */
export class JetStreamStore implements ClusterHistory {
  readonly #transport: NatsTransport;
  readonly #subjects: Subjects;
  readonly #stream: string;
  readonly #options: JetStreamHistory;
  readonly #origin: Origin;
  readonly #reports: HistoryReports;
  readonly #listening = new Map<string, Listening>();
  #limits: StoreLimits | null = null;
  #events: StoreEvents = { ready: () => {} };
  #outbox: Outbox | null = null;
  #jetStream: JetStream | null = null;
  #info: StreamInfo | null = null;
  readonly #kept = new KeptSince(() => performance.now());
  #preparing = false;
  #said = '';
  #stopped = false;
  #looking: NodeJS.Timeout | null = null;
  #retrying: NodeJS.Timeout | null = null;

  constructor(
    transport: NatsTransport,
    subjects: Subjects,
    cluster: string,
    origin: Origin,
    options: JetStreamHistory,
    reports: HistoryReports,
  ) {
    this.#transport = transport;
    this.#subjects = subjects;
    this.#stream = streamName(cluster);
    this.#options = options;
    this.#origin = origin;
    this.#reports = reports;
  }

  /** Throws `bad_option` when NATS is there and JetStream is not, or cannot be used as the options say. */
  async start(limits: StoreLimits, events: StoreEvents): Promise<void> {
    this.#limits = limits;
    this.#events = events;
    const giveUpMs = Math.max(limits.repeatMs - MARGIN_MS, limits.repeatMs / 2);
    this.#outbox = new Outbox(
      (publication) => this.#attempt(publication),
      () => performance.now(),
      giveUpMs,
    );
    if (this.#transport.connected) await this.#firstUse();
    this.#looking = setInterval(() => {
      this.#outbox?.expire();
      this.#look().catch(() => {});
    }, LOOK_EVERY_MS);
    this.#looking.unref();
  }

  async #firstUse(): Promise<void> {
    try {
      await this.#prepare();
    } catch (error) {
      if (!this.#transport.connected || !isRefusal(error)) {
        this.#failed(error);
        return;
      }
      throw new MisuseError(
        'bad_option',
        `cluster.history: JetStream cannot be used (${(error as Error).message}): start nats-server with '--jetstream --store_dir FOLDER', or leave history out and each node keeps its own`,
      );
    }
    this.#isReady();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#looking !== null) clearInterval(this.#looking);
    if (this.#retrying !== null) clearTimeout(this.#retrying);
    for (const listening of this.#listening.values()) listening.unsubscribe();
    this.#outbox?.close();
  }

  /** There is a connection to NATS again. */
  connected(): void {
    if (this.#limits !== null) this.#again();
  }

  disconnected(): void {
    this.#info = null;
    this.#outbox?.close();
  }

  // ---------------------------------------------------------------- the stream

  /** Until it succeeds, or the connection is lost. */
  #again(): void {
    if (this.#preparing || this.#stopped || !this.#transport.connected) return;
    this.#prepare().then(
      () => this.#isReady(),
      (error: unknown) => this.#failed(error),
    );
  }

  #failed(error: unknown): void {
    const known = error instanceof Error ? error : new Error(String(error));
    if (isRefusal(error) && known.message !== this.#said) this.#reports.unusable(known);
    this.#said = known.message;
    if (this.#stopped) return;
    if (this.#retrying !== null) clearTimeout(this.#retrying);
    this.#retrying = setTimeout(() => this.#again(), RETRY_MS * (1 + Math.random()));
    this.#retrying.unref();
  }

  #isReady(): void {
    this.#said = '';
    this.#outbox?.open();
    this.#events.ready();
  }

  /** Makes sure that there is a stream that keeps enough. */
  async #prepare(): Promise<void> {
    this.#preparing = true;
    try {
      const { connection } = this.#transport;
      if (connection === null || this.#limits === null) throw new Error('no connection to NATS');
      const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
      const manager = await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS });
      this.#jetStream = { client: jetstream(connection), manager };
      const wanted = streamConfig(this.#stream, this.#subjects, this.#limits, this.#options);
      let info = await manager.streams.info(this.#stream).catch((error: unknown) => {
        if (apiCode(error) === STREAM_NOT_FOUND) return null;
        throw error;
      });
      if (info === null) {
        info = await manager.streams.add(wanted).catch((error: unknown) => {
          // Another node was faster, with limits of its own.
          if (apiCode(error) === STREAM_NAME_IN_USE) return manager.streams.info(this.#stream);
          throw error;
        });
      }
      const more = needsMore(info.config, wanted);
      if (more !== null) info = await manager.streams.update(this.#stream, more);
      // Subscriptions of before are there when this is answered.
      await this.#transport.flush();
      this.#take(info);
    } finally {
      this.#preparing = false;
    }
  }

  /** What the leader says of the stream, and of one subject. */
  async #look(subject?: string): Promise<StreamInfo> {
    const before = this.#epoch;
    try {
      const info = await this.#usable().manager.streams.info(this.#stream, subject === undefined ? {} : { subjects_filter: subject });
      this.#take(info);
      if (this.#epoch !== before) this.#again();
      return info;
    } catch (error) {
      if (apiCode(error) === STREAM_NOT_FOUND) this.#again();
      throw error;
    }
  }

  #take(info: StreamInfo): void {
    const epoch = epochOf(info);
    if (this.#info !== null && epoch !== this.#epoch) this.#kept.forget();
    this.#info = info;
    this.#kept.seen(info);
  }

  get #epoch(): string {
    return this.#info === null ? '' : epochOf(this.#info);
  }

  // ---------------------------------------------------------------- publishing

  async publish(topic: string, event: string, payload: string, key: string): Promise<number> {
    const outbox = this.#outbox as Outbox;
    const token = topicToken(topic);
    const frame = encodeEvent(this.#origin, topic, event, payload);
    try {
      if (frame.length > this.#maxFrame) throw new NotKept('too_large', this.#tooLong(frame.length));
      return await outbox.add({ subject: this.#subjects.keep(topicShard(token), token), frame, key: hashOf(key) });
    } catch (error) {
      if (error instanceof NotKept) this.#reports.notKept(topic, error);
      throw error;
    }
  }

  tooLarge(topic: string, event: string, payload: string): string | null {
    // A character takes at most three bytes.
    if ((topic.length + event.length + payload.length) * 3 < this.#maxFrame - 1024) return null;
    const { length } = encodeEvent(this.#origin, topic, event, payload);
    return length > this.#maxFrame ? this.#tooLong(length) : null;
  }

  get #maxFrame(): number {
    return this.#transport.maxPayload - 1024;
  }

  #tooLong(bytes: number): string {
    return `an event of ${bytes} bytes is too large for NATS: at most ${this.#maxFrame}`;
  }

  async #attempt({ subject, frame, key }: Publication): Promise<Attempt> {
    try {
      const { client } = this.#jetStream as JetStream;
      const { seq, duplicate } = await client.publish(subject, frame, { msgID: key, timeout: REQUEST_MS * 2 });
      return { position: seq, duplicate };
    } catch {
      // Nobody answers: the stream may be on its way to come back, or gone.
      setTimeout(() => this.#again(), RETRY_MS).unref();
      return null;
    }
  }

  // ---------------------------------------------------------------- listening

  listen(topic: string, take: (fresh: FreshEvent) => void): Promise<void> {
    const token = topicToken(topic);
    const subject = this.#subjects.kept(topicShard(token), token);
    const listening = this.#transport.listen(subject, (message) => {
      const fresh = this.#fresh(topic, message);
      if (fresh !== null) take(fresh);
    });
    this.#listening.set(topic, listening);
    return this.#transport.flush();
  }

  ignore(topic: string): void {
    this.#listening.get(topic)?.unsubscribe();
    this.#listening.delete(topic);
  }

  #fresh(topic: string, { data, headers }: Msg): FreshEvent | null {
    const position = Number(headers?.get('Nats-Sequence'));
    const stored = this.#stored(topic, data, headers, position, 0);
    return stored === null ? null : { ...stored, previous: Number(headers?.get('Nats-Last-Sequence')) };
  }

  #stored(topic: string, data: Uint8Array, headers: MsgHdrs | undefined, position: number, ageMs: number): StoredEvent | null {
    const stored = decodeEvent(topic, data, headers, position, ageMs);
    if (stored === null) this.#reports.bad(originOf(Buffer.from(data.buffer, data.byteOffset, data.length))?.node ?? 'unknown');
    return stored;
  }

  // ---------------------------------------------------------------- reading

  async head(topic: string): Promise<Head> {
    const info = await this.#look();
    const last = await this.#message(topic, { last_by_subj: this.#subject(topic) });
    return { epoch: epochOf(info), position: last?.position ?? info.state.last_seq, last };
  }

  async read(topic: string, after: number, upTo: number): Promise<Excerpt> {
    const before = this.#epoch;
    const subject = this.#subject(topic);
    const events: StoredEvent[] = [];
    for (let next = after + 1; next <= upTo; ) {
      const stored = await this.#message(topic, { seq: next, next_by_subj: subject });
      if (stored === null) break;
      if (stored.position <= upTo) events.push(stored);
      next = stored.position + 1;
    }
    const oldest = await this.#message(topic, { seq: 1, next_by_subj: subject });
    const info = await this.#look(subject);
    if (epochOf(info) !== before) throw new Error('the stream is another one');
    const kept = {
      oldest: oldest?.position ?? null,
      count: info.state.subjects?.[subject] ?? 0,
      maxCount: info.config.max_msgs_per_subject,
      keptSince: this.#kept.position(info),
    };
    return { epoch: before, events, complete: isComplete(after, kept) };
  }

  /** From the leader: other replicas may be behind. Null when there is none. */
  async #message(topic: string, query: { last_by_subj: string } | { seq: number; next_by_subj: string }): Promise<StoredEvent | null> {
    const { manager } = this.#usable();
    let message: StoredMsg | null;
    try {
      message = await manager.streams.getMessage(this.#stream, query);
    } catch (error) {
      if (apiCode(error) === NO_MESSAGE) return null;
      throw error;
    }
    if (message === null) return null;
    const ageMs = Math.max(0, Date.now() - message.time.getTime());
    return this.#stored(topic, message.data, message.header, message.seq, ageMs);
  }

  #subject(topic: string): string {
    const token = topicToken(topic);
    return this.#subjects.keep(topicShard(token), token);
  }

  #usable(): JetStream {
    if (this.#jetStream === null || this.#info === null || !this.#transport.connected) throw new Error('JetStream does not answer');
    return this.#jetStream;
  }
}

/** When the stream was made: another one begins to count anew. */
function epochOf({ created }: StreamInfo): string {
  return String(created).replace(/\D/g, '');
}

/** Ids are of any length and hold anything, headers do not. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
