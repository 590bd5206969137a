import { MisuseError, type Pid } from '@rekindle/kernel';
import { attach, current, detach, type Kernel, ProcessId } from '@rekindle/kernel/internal';
import { type Content, messageOf, type Payload, type Scope } from './content.js';
import { type Receive, Subscription } from './subscription.js';

/** The way from one thread's topics to the rest of the node: see `Hub`. */
export interface Uplink {
  /** A process of this thread subscribes to a topic that nobody here had; resolves when other nodes' messages will arrive. */
  interested(topic: string): Promise<void>;
  notInterested(topic: string): void;
  /** To everyone else; this thread's processes have it already. `except`: a connection that is left out. */
  publish(topic: string, content: Content, scope: Scope, except: number | undefined): void;
}

export const MAX_TOPIC_LENGTH = 4096;

const toMailbox: Receive = (topic, content, pid) => pid.send(messageOf(topic, content));

/**
 * Topics for the processes of one thread. Publishing dispatches to this thread's subscribers at once and hands the message
 * to the hub for the others: at most once, in order per publisher. Phoenix: `Phoenix.PubSub`.
 */
export class PubSub {
  readonly #kernel: Kernel;
  readonly #topics = new Map<string, Set<Subscription>>();
  readonly #interest = new Map<string, Promise<void>>();
  uplink: Uplink | null = null;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * Subscribes a process (default: the running one); twice subscribed means twice told. Resolves when messages that other
   * nodes publish from now on arrive too. Phoenix: `subscribe/2`.
   */
  subscribe(topic: string, pid: Pid = self()): Promise<void> {
    return this.listen(topic, pid).ready;
  }

  /** Ends all subscriptions of the process to the topic. Phoenix: `unsubscribe/2`. */
  unsubscribe(topic: string, pid: Pid = self()): void {
    for (const subscription of this.#topics.get(topic) ?? []) if (subscription.pid === pid) this.end(subscription);
  }

  /** Sends a value to all subscribed processes on all nodes. Phoenix: `broadcast/3`. */
  broadcast(topic: string, message: unknown): void {
    if (!hasEnded()) this.publish(topic, { kind: 'term', term: message }, 'cluster', undefined, undefined);
  }

  /** As `broadcast`, except to one process. Phoenix: `broadcast_from/4`. */
  broadcastFrom(from: Pid, topic: string, message: unknown): void {
    if (!hasEnded()) this.publish(topic, { kind: 'term', term: message }, 'cluster', from, undefined);
  }

  /** To the subscribers of this node only. Phoenix: `local_broadcast/3`. */
  localBroadcast(topic: string, message: unknown): void {
    if (!hasEnded()) this.publish(topic, { kind: 'term', term: message }, 'node', undefined, undefined);
  }

  /** A channel event for processes and connections. The payload is JSON text or bytes. */
  broadcastEvent(topic: string, event: string, payload: Payload, scope: Scope = 'cluster'): void {
    if (!hasEnded()) this.publish(topic, { kind: 'event', event, payload }, scope, undefined, undefined);
  }

  /** @internal Subscribes with a receiver of one's own. */
  listen(topic: string, pid: Pid, receive: Receive = toMailbox): { subscription: Subscription; ready: Promise<void> } {
    checkTopic(topic);
    const owner = pid as ProcessId;
    if (!(owner instanceof ProcessId) || !owner.isLocal || !owner.proc.alive) {
      throw new MisuseError('badarg', `${String(pid)} is not a live process of this thread`);
    }
    const subscription = new Subscription(this, topic, owner, receive);
    attach(owner.proc, subscription);
    const subscribers = this.#topics.get(topic);
    if (subscribers !== undefined) subscribers.add(subscription);
    else {
      this.#topics.set(topic, new Set([subscription]));
      this.#interest.set(topic, this.uplink?.interested(topic) ?? done);
    }
    return { subscription, ready: this.#interest.get(topic) as Promise<void> };
  }

  /**
   * @internal Resolves when this thread has been sent all that the node had for it when it was asked: the answer takes the
   * same way. `topic` is one that a process of this thread is subscribed to.
   */
  caughtUp(topic: string): Promise<void> {
    return this.uplink?.interested(topic) ?? done;
  }

  /** @internal */
  end(subscription: Subscription): void {
    detach(subscription);
    this.drop(subscription);
  }

  /** @internal */
  drop(subscription: Subscription): void {
    const { topic } = subscription;
    const subscribers = this.#topics.get(topic);
    if (subscribers?.delete(subscription) !== true || subscribers.size > 0) return;
    this.#topics.delete(topic);
    this.#interest.delete(topic);
    this.uplink?.notInterested(topic);
  }

  /** @internal `from`: a process that is left out; `except`: a connection that is. */
  publish(topic: string, content: Content, scope: Scope, from: Pid | undefined, except: number | undefined): void {
    checkTopic(topic);
    this.deliver(topic, content, from);
    this.uplink?.publish(topic, content, scope, except);
  }

  /** @internal To this thread's subscribers. */
  deliver(topic: string, content: Content, from?: Pid): void {
    const subscribers = this.#topics.get(topic);
    if (subscribers === undefined) return;
    for (const subscription of subscribers) if (subscription.pid !== from) subscription.receive(topic, content, subscription.pid);
  }

  /** Topics that processes of this thread are subscribed to. */
  get topicCount(): number {
    return this.#topics.size;
  }

  get kernel(): Kernel {
    return this.#kernel;
  }
}

const done = Promise.resolve();

function self(): Pid {
  if (current === null) throw new MisuseError('no_process', 'no process is running here: give the pid as the last argument');
  return current.pid;
}

/** What a process that has ended still does has no effect. */
function hasEnded(): boolean {
  return current !== null && !current.alive;
}

/** Topics come from clients: they must be well-formed text of bounded length. */
export function checkTopic(topic: string): void {
  if (!isTopic(topic)) {
    const came =
      typeof topic === 'string'
        ? `${(topic as string).length} characters${isWellFormed(topic) ? '' : ', with a lone surrogate'}`
        : typeof topic;
    throw new MisuseError('badarg', `expected a topic of at most ${MAX_TOPIC_LENGTH} characters of well-formed text, got ${came}`);
  }
}

export function isTopic(topic: unknown): topic is string {
  return typeof topic === 'string' && topic.length <= MAX_TOPIC_LENGTH && isWellFormed(topic);
}

export function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed();
}
