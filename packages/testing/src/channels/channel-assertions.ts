import type { Typed } from '@rekindle/channels';
import { ASSERT_MS, quiet, TestAssertionError } from '../assert-receive.js';
import { matches, type Pattern } from '../patterns.js';
import { show } from '../situation.js';
import type { TestChannel, TestPush } from './test-channel.js';
import type { TestGateway } from './test-gateway.js';

type ReplyIn<S, Reply, Failure> = S extends 'ok' ? Reply : S extends 'error' ? Failure : unknown;

/** How long an assertion waits. */
export interface WaitOptions {
  /** Real milliseconds. Default 1,000, for `refute...` 50. */
  readonly timeoutMs?: number;
}

/** An assertion failed: with what the client has, before the situation of all processes. */
function failed(expected: string, channel: TestChannel<never>): TestAssertionError {
  return new TestAssertionError(`${expected}\n${(channel as unknown as TestChannel).describe()}`);
}

/** Waits for the answer to a push and checks it; answers what it carried. Phoenix: `assert_reply/4`. */
export async function assertReply<Reply, Failure, S extends 'ok' | 'error' | (string & {})>(
  push: TestPush<Reply, Failure>,
  status: S,
  pattern?: Pattern<ReplyIn<S, Reply, Failure>>,
  { timeoutMs = ASSERT_MS }: WaitOptions = {},
): Promise<ReplyIn<S, Reply, Failure>> {
  const channel = push.channel as unknown as TestChannel<never>;
  const reply = await push.channel.bell.until(() => push.reply ?? (push.channel.state === 'joined' ? undefined : null), timeoutMs);
  const wanted = `expected the reply '${status}'${pattern === undefined ? '' : ` ${show(pattern)}`} to ${push.event}`;
  if (reply === undefined || reply === null) throw failed(`${wanted}, there was none within ${timeoutMs} ms`, channel);
  if (reply.status !== status || (pattern !== undefined && !matches(pattern, reply.response))) {
    throw failed(`${wanted}, it was '${reply.status}' ${show(reply.response)}`, channel);
  }
  return reply.response as ReplyIn<S, Reply, Failure>;
}

/** Checks that a push is not answered so, or, without a status, not at all. Phoenix: `refute_reply/4`. */
export async function refuteReply(
  push: TestPush,
  status?: string,
  pattern?: Pattern<unknown>,
  { timeoutMs }: WaitOptions = {},
): Promise<void> {
  await quiet(timeoutMs);
  const { reply } = push;
  if (reply === undefined || (status !== undefined && reply.status !== status)) return;
  if (pattern !== undefined && !matches(pattern, reply.response)) return;
  throw failed(
    `expected no such reply to ${push.event}, it was '${reply.status}' ${show(reply.response)}`,
    push.channel as unknown as TestChannel<never>,
  );
}

/** Waits until the client is sent that event, by a push or a broadcast; answers its payload. Phoenix: `assert_push/3`. */
export async function assertPush<C extends Typed, E extends keyof C['out'] & string>(
  channel: TestChannel<C>,
  event: E,
  pattern?: Pattern<C['out'][E]>,
  { timeoutMs = ASSERT_MS }: WaitOptions = {},
): Promise<C['out'][E]> {
  const found = await channel.bell.until(() => taken(channel, event, pattern), timeoutMs);
  if (found !== undefined) return found.payload as C['out'][E];
  throw failed(
    `expected '${event}'${pattern === undefined ? '' : ` ${show(pattern)}`} to be pushed within ${timeoutMs} ms`,
    channel as never,
  );
}

/** Phoenix: `refute_push/3`. */
export async function refutePush<C extends Typed, E extends keyof C['out'] & string>(
  channel: TestChannel<C>,
  event: E,
  pattern?: Pattern<C['out'][E]>,
  { timeoutMs }: WaitOptions = {},
): Promise<void> {
  await quiet(timeoutMs);
  const found = taken(channel, event, pattern);
  if (found !== undefined) throw failed(`expected '${event}' not to be pushed, it was, with ${show(found.payload)}`, channel as never);
}

function taken<C extends Typed>(channel: TestChannel<C>, event: string, pattern: unknown): { readonly payload: unknown } | undefined {
  const at = channel.inbox.findIndex((one) => one.event === event && (pattern === undefined || matches(pattern, one.payload)));
  return at < 0 ? undefined : channel.inbox.splice(at, 1)[0];
}

/**
 * Waits until that event is broadcast on the channel's topic, whoever gets it; answers its payload. Each broadcast is found
 * once. Phoenix: `assert_broadcast/3`.
 */
export async function assertBroadcast<C extends Typed, E extends keyof C['out'] & string>(
  channel: TestChannel<C>,
  event: E,
  pattern?: Pattern<C['out'][E]>,
  { timeoutMs = ASSERT_MS }: WaitOptions = {},
): Promise<C['out'][E]> {
  const { gateway, topic } = channel;
  const found = await gateway.bell.until(() => publishedIn(gateway, topic, event, pattern), timeoutMs);
  if (found !== undefined) return found.payload as C['out'][E];
  const others = gateway.published.map((one) => `  ${one.topic} ${one.event} ${show(one.payload)}`).slice(-10);
  throw failed(
    `expected '${event}'${pattern === undefined ? '' : ` ${show(pattern)}`} to be broadcast on '${topic}' within ${timeoutMs} ms; broadcast was:${others.length === 0 ? ' nothing' : `\n${others.join('\n')}`}`,
    channel as never,
  );
}

/** Phoenix: `refute_broadcast/3`. */
export async function refuteBroadcast<C extends Typed, E extends keyof C['out'] & string>(
  channel: TestChannel<C>,
  event: E,
  pattern?: Pattern<C['out'][E]>,
  { timeoutMs }: WaitOptions = {},
): Promise<void> {
  await quiet(timeoutMs);
  const found = publishedIn(channel.gateway, channel.topic, event, pattern);
  if (found !== undefined) throw failed(`expected '${event}' not to be broadcast, it was, with ${show(found.payload)}`, channel as never);
}

function publishedIn(
  { published }: TestGateway,
  topic: string,
  event: string,
  pattern: unknown,
): { readonly payload: unknown } | undefined {
  const at = published.findIndex(
    (one) => one.topic === topic && one.event === event && (pattern === undefined || matches(pattern, one.payload)),
  );
  return at < 0 ? undefined : published.splice(at, 1)[0];
}

/** Broadcasts to everyone on the channel's topic except its client. Phoenix: `broadcast_from/3`. */
export function broadcastFrom<C extends Typed, E extends keyof C['out'] & string>(
  channel: TestChannel<C>,
  event: E,
  payload: C['out'][E],
): void {
  channel.gateway.broadcastEvent(channel.topic, event, JSON.stringify(payload), channel.connection);
}

/** `channel.push(event, payload)`. Phoenix: `push/3`. */
export function push<C extends Typed, E extends keyof C['in'] & string>(
  channel: TestChannel<C>,
  event: E,
  payload: C['in'][E]['sent'],
): TestPush<C['in'][E]['reply'], C['in'][E]['error']> {
  return channel.pushAnything(event, payload) as TestPush<C['in'][E]['reply'], C['in'][E]['error']>;
}

/** `channel.leave()`. Phoenix: `leave/1`. */
export function leave(channel: TestChannel<never>): Promise<void> {
  return channel.leave();
}

/** `socket.cut()`. Phoenix: `close/1`. */
export function close(socket: { cut(): void }): void {
  socket.cut();
}
