import type { StreamConfig } from '@nats-io/jetstream';
import type { StoreLimits } from '@rekindle/pubsub';
import type { Subjects } from '../subjects.js';
import { DEFAULT_KEEP_MS, type JetStreamHistory } from './history-options.js';

/** More than a topic keeps: what is published while somebody reads drops nothing that is read. */
const SPARE_MESSAGES = 100;

export function streamName(cluster: string): string {
  return `rt1_${cluster}_topics`;
}

type Wanted = Pick<StreamConfig, 'name' | 'max_msgs_per_subject' | 'max_age' | 'duplicate_window'> & Partial<StreamConfig>;

/** One stream for all topics of a cluster. */
export function streamConfig(name: string, subjects: Subjects, limits: StoreLimits, options: JetStreamHistory): Wanted {
  const maxAgeMs = Math.max(options.keepMs ?? DEFAULT_KEEP_MS, limits.maxAgeMs);
  return {
    name,
    subjects: [subjects.keep('*', '*')],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    num_replicas: options.replicas ?? 1,
    max_msgs_per_subject: limits.maxMessages + SPARE_MESSAGES,
    max_age: nanoseconds(maxAgeMs),
    max_bytes: options.maxBytes ?? -1,
    duplicate_window: nanoseconds(Math.min(limits.repeatMs, maxAgeMs)),
    republish: { src: subjects.keep('*', '*'), dest: subjects.kept('{{wildcard(1)}}', '{{wildcard(2)}}') },
  };
}

/** What has to change so that it keeps as much as this node needs as well; null: nothing. Nothing is ever made less. */
export function needsMore(known: StreamConfig, wanted: Wanted): Partial<StreamConfig> | null {
  const more = {
    max_msgs_per_subject: Math.max(known.max_msgs_per_subject, wanted.max_msgs_per_subject),
    max_age: Math.max(known.max_age, wanted.max_age),
    duplicate_window: Math.max(known.duplicate_window, wanted.duplicate_window),
  };
  const isEnough =
    more.max_msgs_per_subject === known.max_msgs_per_subject &&
    more.max_age === known.max_age &&
    more.duplicate_window === known.duplicate_window;
  return isEnough ? null : { ...known, ...more };
}

function nanoseconds(milliseconds: number): number {
  return milliseconds * 1e6;
}
