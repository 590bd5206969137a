import { randomUUID } from 'node:crypto';
import { type Body, type CustomChild, Supervisor, type SupervisorSpec, spawnLink, supervise } from '@rekindle/kernel';
import type { Kernel } from '@rekindle/kernel/internal';
import { matches } from '@rekindle/pubsub/internal';
import type { WebhookEventType, WebhookSpec } from './webhook-options.js';
import { WebhookQueue } from './webhook-queue.js';
import { type Filled, type WebhookCounters, type WebhookSource, webhookSender } from './webhook-sender.js';

/** Who joins or leaves. */
export interface WebhookMember {
  readonly id: number;
  readonly socketId: string | undefined;
}

interface Hook {
  readonly spec: WebhookSpec;
  readonly queue: WebhookQueue;
  readonly body: Body<Filled>;
}

/** What the webhooks of a node are told, of what happens on its topics. */
export class Webhooks {
  readonly #kernel: Kernel;
  readonly #hooks: readonly Hook[];
  /** How many connections have joined, of the topics that a webhook wants to know of. */
  readonly #members = new Map<string, number>();

  constructor(kernel: Kernel, specs: readonly WebhookSpec[], counters: WebhookCounters) {
    const source: WebhookSource = { node: kernel.here.node, run: kernel.here.incarnation };
    this.#kernel = kernel;
    this.#hooks = specs.map((spec) => {
      const queue = new WebhookQueue(spec.maxQueued, spec.maxAgeMs, randomUUID, (count) => {
        counters.webhooksDropped += count;
      });
      return { spec, queue, body: webhookSender(kernel, spec, queue, source, counters) };
    });
  }

  joined(topic: string, member: WebhookMember): void {
    if (!this.#concerns(topic)) return;
    const before = this.#members.get(topic) ?? 0;
    this.#members.set(topic, before + 1);
    if (before === 0) this.#tell('occupied', topic);
    this.#tell('joined', topic, member);
  }

  left(topic: string, member: WebhookMember): void {
    const before = this.#members.get(topic);
    if (before === undefined) return;
    this.#tell('left', topic, member);
    if (before > 1) this.#members.set(topic, before - 1);
    else {
      this.#members.delete(topic);
      this.#tell('vacated', topic);
    }
  }

  /** The class of a supervisor whose children are the senders: a process for each webhook, which waits and crashes alone. */
  supervisor(): (new () => Supervisor) & Pick<typeof Supervisor, 'start'> {
    const children: CustomChild[] = this.#hooks.map(({ spec, body }) => ({
      id: `webhook ${spec.name}`,
      start: () => spawnLink(body),
      shutdown: 1000,
    }));
    return class WebhookSupervisor extends Supervisor {
      override init(): SupervisorSpec {
        return supervise({ maxRestarts: 100, maxSeconds: 10, children });
      }
    };
  }

  /** Resolves when everything has been delivered. */
  async flush(): Promise<void> {
    await Promise.all(this.#hooks.map(({ queue }) => queue.whenEmpty()));
  }

  #concerns(topic: string): boolean {
    return this.#hooks.some(({ spec }) => spec.topics.some((pattern) => matches(pattern, topic)));
  }

  #tell(type: WebhookEventType, topic: string, member?: WebhookMember): void {
    const event = {
      type,
      topic,
      at: this.#kernel.host.wallTime(),
      ...(member === undefined ? {} : { connection: member.id }),
      ...(member?.socketId === undefined ? {} : { socketId: member.socketId }),
    };
    for (const { spec, queue } of this.#hooks) {
      if (spec.events.includes(type) && spec.topics.some((pattern) => matches(pattern, topic))) queue.add(event);
    }
  }
}
