import { createHash } from 'node:crypto';
import type { JetStreamClient, JetStreamManager, StoredMsg, StreamInfo } from '@nats-io/jetstream';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { MisuseError } from '@rekindle/kernel';
import type { Excerpt, FreshEvent, Head, StoredEvent, StoreEvents, StoreLimits } from '@rekindle/pubsub';
import { decodeBroadcast, encodeBroadcast, isComplete, NotKept, type Origin, originOf, type TermCodec } from '@rekindle/pubsub/internal';
import type { Subjects } from '../subjects.js';
import { topicShard, topicToken } from '../topics/topic-token.js';
import type { NatsTransport } from '../transport/nats-transport.js';
import type { Listening } from '../transport/transport.js';
import type { ClusterHistory } from './cluster-history.js';
import type { JetStreamHistory } from './history-options.js';
import { type Attempt, Outbox, type Publication } from './outbox.js';
import { needsMore, streamConfig, streamName } from './stream-config.js';

/** Who may have been asked in vain is asked again after so long. */
const RETRY_MS = 100;
const REQUEST_MS = 2000;
/** How often the stream is looked at: whether it still is the same one. */
const LOOK_EVERY_MS = 15_000;
/** Of its time a repeat is known for, so much is left for what is under way. */
const MARGIN_MS = 10_000;

interface Sample {
  readonly at: number;
  readonly position: number;
}

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
  /** Where the stream was when: nothing newer can be too old. */
  #samples: Sample[] = [];
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
    if (this.#info !== null && epoch !== this.#epoch) this.#samples = [];
    this.#info = info;
    const at = performance.now();
    const latest = this.#samples.at(-1);
    if (latest === undefined || at - latest.at > LOOK_EVERY_MS * 4) this.#samples.push({ at, position: info.state.last_seq });
    // The newest one that nothing kept is older than says most.
    const oldest = at - Number(info.config.max_age) / 1e6;
    while (this.#samples.length > 1 && (this.#samples[0] as Sample).at < oldest) this.#samples.shift();
  }

  get #epoch(): string {
    return this.#info === null ? '' : epochOf(this.#info);
  }

  /** No event after this position has been dropped for its age, or for the size of the stream. */
  #keptSince(info: StreamInfo): number {
    const first = info.state.first_seq - 1;
    const [sample] = this.#samples;
    const isBounded = info.config.max_bytes > 0;
    const young = sample !== undefined && performance.now() - sample.at < Number(info.config.max_age) / 1e6;
    return young && !isBounded ? Math.min(first, sample.position) : first;
  }

  // ---------------------------------------------------------------- publishing

  async publish(topic: string, event: string, payload: string, key: string): Promise<number> {
    const outbox = this.#outbox as Outbox;
    const token = topicToken(topic);
    const frame = encodeBroadcast(this.#origin, topic, { kind: 'event', event, payload }, NO_TERMS);
    const limit = this.#transport.maxPayload - 1024;
    try {
      if (frame.length > limit) throw new NotKept('too_large', `an event of ${frame.length} bytes is too large for NATS: at most ${limit}`);
      return await outbox.add({ subject: this.#subjects.keep(topicShard(token), token), frame, key: hashOf(key) });
    } catch (error) {
      if (error instanceof NotKept) this.#reports.notKept(topic, error);
      throw error;
    }
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
    const frame = Buffer.from(data.buffer, data.byteOffset, data.length);
    try {
      const { topic: published, content } = decodeBroadcast(frame, NO_TERMS);
      if (!(position > 0) || published !== topic || content.kind !== 'event' || typeof content.payload !== 'string') {
        throw new RangeError('no event of the topic');
      }
      return { position, event: content.event, payload: content.payload, ageMs, key: headers?.get('Nats-Msg-Id') ?? '' };
    } catch {
      this.#reports.bad(originOf(frame)?.node ?? 'unknown');
      return null;
    }
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
      keptSince: this.#keptSince(info),
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

const NO_MESSAGE = 10_037;
const STREAM_NOT_FOUND = 10_059;
const STREAM_NAME_IN_USE = 10_058;

function apiCode(error: unknown): number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** It was answered, with a no. */
function isRefusal(error: unknown): boolean {
  const { name } = error as { readonly name?: unknown };
  return apiCode(error) !== undefined || name === 'JetStreamNotEnabled' || name === 'NoRespondersError';
}

/** When the stream was made: another one begins to count anew. */
function epochOf({ created }: StreamInfo): string {
  return String(created).replace(/\D/g, '');
}

/** Ids are of any length and hold anything, headers do not. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

const NO_TERMS: TermCodec = {
  pack: () => Object.assign(new Uint8Array(), { start: 0, end: 0 }),
  decodeRange: () => null,
};
