/** Why what was missed cannot be had. */
export type Lost = 'window' | 'epoch' | 'unavailable';

/** What the reply to a join of a recoverable topic says beside the channel's own. */
export interface Recovery {
  /** Where the client is now, for its next join. */
  readonly cursor: string;
  /** Whether all that was missed is in `events`. Not said at the first join. */
  readonly recovered?: boolean;
  /**
   * Why it is not: the gap reaches back too far (`window`), the server counts anew since then (`epoch`), or what keeps the events
   * does not answer (`unavailable`).
   */
  readonly reason?: Lost;
  /** What was missed, in order. */
  readonly events?: readonly { readonly event: string; readonly payload: unknown; readonly position: number }[];
}

/** What is used of the stock client's channel, any version from 1.4 to 1.8, beside what its types say. */
interface Inside {
  onMessage(event: string, payload: unknown, ref: unknown, joinRef: unknown): unknown;
  trigger(event: string, payload: unknown, ref: unknown, joinRef: unknown): void;
  joinPush: { receive(status: string, callback: (reply: { recovery?: Recovery } | undefined) => void): unknown };
}

/**
 * A channel that says at each join where it was, so that a recoverable topic gives it what it has missed:
 *
 *     const match = recoverable((cursor) => socket.channel('match:7', () => ({ ...cursor(), language: 'en' })));
 *
 * What was missed reaches the callbacks of `on` before anything newer and before the callbacks of `join().receive('ok')`, each
 * event once. `onLost` is called when that cannot be done: fetch the state anew.
 */
export function recoverable<C>(open: (cursor: () => { recover?: string }) => C, onLost?: (reason: Lost) => void): C {
  let epoch = '';
  let position = 0;
  const channel = open(() => (epoch === '' ? {} : { recover: `${epoch}:${position}` }));
  // The types of the stock client do not say all that it has.
  const inside = channel as unknown as Inside;
  const look = inside.onMessage;
  inside.onMessage = function onMessage(event, payload, ref, joinRef) {
    // The position of an event stands where replies have their ref.
    if (typeof ref === 'string' && ref.startsWith('@')) position = Number(ref.slice(1));
    return look.call(this, event, payload, ref, joinRef);
  };
  inside.joinPush.receive('ok', (reply) => {
    if (reply?.recovery === undefined) return;
    const { cursor, recovered, reason, events = [] } = reply.recovery;
    const at = cursor.lastIndexOf(':');
    const now = cursor.slice(0, at);
    const seen = now === epoch ? position : 0;
    epoch = now;
    for (const missed of events) {
      if (missed.position <= seen) continue;
      try {
        inside.trigger(missed.event, missed.payload, `@${missed.position}`, null);
      } catch (error) {
        // A callback that throws loses the one event, as it does with live ones, and is reported as nobody's error.
        void Promise.reject(error);
      }
    }
    position = Number(cursor.slice(at + 1));
    if (recovered === false && reason !== undefined) onLost?.(reason);
  });
  return channel;
}
