import type { Content, Scope } from './content.js';
import type { Hub, HubMember } from './hub.js';
import type { PubSub, Uplink } from './pubsub.js';

/** Connects the topics of the hub's own thread. */
export class LocalUplink implements Uplink, HubMember {
  readonly #hub: Hub;
  readonly #pubsub: PubSub;

  constructor(hub: Hub, pubsub: PubSub) {
    this.#hub = hub;
    this.#pubsub = pubsub;
    pubsub.uplink = this;
  }

  deliver(topic: string, content: Content): void {
    this.#pubsub.deliver(topic, content);
  }

  interested(topic: string): Promise<void> {
    return this.#hub.join(topic, this);
  }

  notInterested(topic: string): void {
    this.#hub.leave(topic, this);
  }

  publish(topic: string, content: Content, scope: Scope, except: number | undefined): void {
    this.#hub.publish(topic, content, scope, this, except);
  }
}
