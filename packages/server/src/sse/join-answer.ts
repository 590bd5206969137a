import { readSseFrame, type SseFrame, sseEvent } from '@rekindle/channels/wire';

/** What of a reply to a join of a recoverable topic is used. */
interface Recovery {
  readonly cursor: string;
  readonly recovered?: boolean;
  readonly reason?: string;
  readonly events?: readonly { readonly event: string; readonly payload: unknown; readonly position: number }[];
}

/** An event that was missed, as text without its id. */
export interface Missed {
  readonly position: number;
  readonly text: string;
}

/** What became of a topic, as its client reads it. */
export interface JoinAnswer {
  readonly topic: string;
  readonly joined: boolean;
  /** The reply of a channel that has refused. */
  readonly response: unknown;
  /** The event `channel`. */
  readonly text: string;
  /** Where the client is on a recoverable topic; null for others. */
  readonly cursor: string | null;
  readonly missed: readonly Missed[];
}

/** Longer frames are not remembered. */
const MAX_REMEMBERED = 1 << 18;

let last = '';
let lastAnswer: JoinAnswer | null = null;

/** Reads a reply to a join. Clients that come back together get the same: the last one is remembered. */
export function joinAnswer(frame: string): JoinAnswer {
  if (lastAnswer !== null && frame === last) return lastAnswer;
  const answer = read(readSseFrame(frame) as Extract<SseFrame, { kind: 'reply' }>);
  if (frame.length <= MAX_REMEMBERED) {
    last = frame;
    lastAnswer = answer;
  }
  return answer;
}

function read({ topic, status, response }: Extract<SseFrame, { kind: 'reply' }>): JoinAnswer {
  const none = { topic, response, cursor: null, missed: [] };
  if (status !== 'ok') return { ...none, joined: false, text: channelText({ topic, status: 'refused', response }) };
  const { recovery, ...rest } = isObject(response) ? (response as { recovery?: Recovery }) : { recovery: undefined };
  if (recovery === undefined) return { ...none, joined: true, text: channelText({ topic, status: 'joined', response }) };
  const { cursor, recovered, reason, events = [] } = recovery;
  const topicText = JSON.stringify(topic);
  return {
    topic,
    joined: true,
    response,
    text: channelText({ topic, status: 'joined', response: rest, recovered, reason }),
    cursor,
    missed: events.map(({ event, payload, position }) => ({ position, text: sseEvent(event, topicText, JSON.stringify(payload)) })),
  };
}

function channelText(said: object): string {
  return `event: channel\ndata: ${JSON.stringify(said)}\n\n`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
