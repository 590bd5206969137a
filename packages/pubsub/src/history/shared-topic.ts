import type { HubMember } from '../hub.js';
import type { SharedLog } from './shared-log.js';
import type { Cursor } from './topic-log.js';
import type { JoinedLog } from './topic-logs.js';
import type { TopicPolicy } from './topic-policy.js';
import type { FreshEvent } from './topic-store.js';

/** Who published: those who have it already. */
export interface Publisher {
  readonly origin: HubMember | null;
  readonly except: number | undefined;
}

/** A client that waits for its answer. */
export interface Asker {
  readonly cursor: Cursor | null;
  readonly answer: (joined: JoinedLog) => void;
  /** The store was read for it. */
  looked: boolean;
}

/** A topic that somebody on this node wants. */
export interface SharedTopic {
  readonly topic: string;
  readonly policy: TopicPolicy;
  /** Null until the store has said where the topic is. */
  log: SharedLog | null;
  /** Events may have been missed. */
  behind: boolean;
  /** Fresh events that wait until the log is there and up to date. */
  early: FreshEvent[];
  readonly asking: Set<Asker>;
  /** This node's publications that have not come back, by key. */
  readonly published: Map<string, Publisher>;
  working: boolean;
  /** Clients were let in without being told where they are. */
  promised: boolean;
  usedAt: number;
  /** Events that are published from now on arrive, or the store does not answer. */
  readonly opened: Promise<void>;
  readonly hasOpened: () => void;
}

/** Nothing is known of it, and the store has not been asked to send it. */
export function newSharedTopic(topic: string, policy: TopicPolicy, now: number): SharedTopic {
  let hasOpened = (): void => {};
  const opened = new Promise<void>((resolve) => {
    hasOpened = resolve;
  });
  return {
    topic,
    policy,
    log: null,
    behind: false,
    early: [],
    asking: new Set(),
    published: new Map(),
    working: true,
    promised: false,
    usedAt: now,
    opened,
    hasOpened,
  };
}
