import type { Typed } from '@rekindle/channels';
import { exit, type Pid } from '@rekindle/kernel';
import { ASSERT_MS, TestAssertionError } from '../assert-receive.js';
import { Bell } from '../bell.js';
import { show } from '../situation.js';
import { binaryPush, type ServerMessage } from './frames.js';
import type { TestGateway } from './test-gateway.js';

/** One push of a test's client, and what was answered. */
export class TestPush<Reply = unknown, Failure = unknown> {
  declare protected readonly types?: { readonly reply: Reply; readonly failure: Failure };
  readonly event: string;
  readonly ref: string;
  readonly channel: TestChannel<Typed>;
  /** The answer; undefined as long as there is none. */
  reply: { readonly status: string; readonly response: unknown } | undefined;

  constructor(channel: TestChannel<Typed>, event: string, ref: string) {
    this.channel = channel;
    this.event = event;
    this.ref = ref;
  }
}

/** How the client stands to the topic: in it, or why not any more. */
export type TestChannelState = 'joined' | 'left' | 'crashed' | 'closed';

/** A joined topic of a test's client. */
export class TestChannel<C extends Typed = Typed> {
  declare protected readonly contract?: C;
  readonly topic: string;
  readonly joinRef: string;
  /** What has come for the client and was not asserted yet, oldest first: pushes and broadcasts. */
  readonly inbox: { readonly event: string; readonly payload: unknown }[] = [];
  /** `crashed` once the client was told `phx_error`, `left` after `phx_close`, `closed` with the connection. */
  state: TestChannelState = 'joined';
  /** @internal Rings with everything that comes. */
  readonly bell: Bell = new Bell();
  /** @internal */
  readonly connection: number;
  /** @internal */
  readonly gateway: TestGateway;
  readonly #pushes = new Map<string, TestPush>();
  readonly #nextRef: () => string;

  constructor(gateway: TestGateway, connection: number, topic: string, joinRef: string, nextRef: () => string) {
    this.gateway = gateway;
    this.connection = connection;
    this.topic = topic;
    this.joinRef = joinRef;
    this.#nextRef = nextRef;
  }

  /** The channel's process; undefined when it has ended. Phoenix: `socket.channel_pid`. */
  get pid(): Pid | undefined {
    return this.gateway.channelOf(this.connection, this.topic);
  }

  /** Sends an event as the client would; returns at once. Bytes go as a binary frame. Phoenix: `push/3`. */
  push<E extends keyof C['in'] & string>(
    event: E,
    ...[payload]: {} extends C['in'][E]['sent'] ? [payload?: C['in'][E]['sent'] | Uint8Array] : [payload: C['in'][E]['sent'] | Uint8Array]
  ): TestPush<C['in'][E]['reply'], C['in'][E]['error']> {
    return this.#send(event, payload ?? {}) as TestPush<C['in'][E]['reply'], C['in'][E]['error']>;
  }

  /** As `push`, with anything: for what a page with an old contract, or an attacker, would send. */
  pushAnything(event: string, payload: unknown): TestPush {
    return this.#send(event, payload);
  }

  /** Leaves, and resolves when the server has agreed. Phoenix: `leave/1`. */
  async leave(): Promise<void> {
    const { topic } = this;
    this.#send('phx_leave', {});
    const left = await this.bell.until(() => (this.state === 'joined' ? undefined : this.state), ASSERT_MS);
    if (left === undefined) throw new TestAssertionError(`expected '${topic}' to be left within ${ASSERT_MS} ms, it was not`);
  }

  /** Ends the channel's process as a fault would, and resolves when the client has been told. */
  async crash(reason: string = 'kill'): Promise<void> {
    const { pid } = this;
    if (pid === undefined) throw new TestAssertionError(`expected a channel of '${this.topic}' that runs, it is ${this.state}`);
    exit(pid, reason);
    await this.bell.until(() => (this.state === 'joined' ? undefined : this.state), ASSERT_MS);
  }

  #send(event: string, payload: unknown): TestPush {
    const push = new TestPush(this as unknown as TestChannel<Typed>, event, this.#nextRef());
    this.#pushes.set(push.ref, push);
    const { joinRef, topic } = this;
    this.gateway.frame(
      this.connection,
      payload instanceof Uint8Array
        ? binaryPush(joinRef, push.ref, topic, event, payload)
        : JSON.stringify([joinRef, push.ref, topic, event, payload]),
    );
    return push;
  }

  /** @internal */
  heard({ ref, event, payload }: ServerMessage): void {
    if (event === 'phx_reply' && ref !== null) {
      const push = this.#pushes.get(ref);
      this.#pushes.delete(ref);
      if (push !== undefined) push.reply = payload as NonNullable<TestPush['reply']>;
    } else if (event === 'phx_close') this.ended('left');
    else if (event === 'phx_error') this.ended('crashed');
    else this.inbox.push({ event, payload });
    this.bell.ring();
  }

  /** @internal */
  ended(state: Exclude<TestChannelState, 'joined'>): void {
    if (this.state === 'joined') this.state = state;
    this.bell.ring();
  }

  /** What is there of the client's side, for failures. */
  describe(): string {
    const inbox = this.inbox.map(({ event, payload }) => `  ${event} ${show(payload)}`);
    return `The client's '${this.topic}' is ${this.state}; it has not asserted yet:${inbox.length === 0 ? ' nothing' : `\n${inbox.join('\n')}`}`;
  }
}
