import { Owned, type ProcessId } from '@rekindle/kernel/internal';
import type { Content } from './content.js';
import type { PubSub } from './pubsub.js';

/** How a subscriber takes what is published; the default sends it to the process. */
export type Receive = (topic: string, content: Content, pid: ProcessId) => void;

/** One process's interest in one topic; it ends with the process. */
export class Subscription extends Owned {
  readonly topic: string;
  readonly pid: ProcessId;
  readonly receive: Receive;
  readonly #pubsub: PubSub;

  constructor(pubsub: PubSub, topic: string, pid: ProcessId, receive: Receive) {
    super();
    this.#pubsub = pubsub;
    this.topic = topic;
    this.pid = pid;
    this.receive = receive;
  }

  override release(): void {
    this.#pubsub.drop(this);
  }
}
