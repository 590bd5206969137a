import { Channel, error, Presence, PresenceError, stop, type Untyped } from 'rekindle';
import { fields, NoClause, text } from './payload.js';
import type { UserSocket } from './user-socket.js';

export class ConformancePresence extends Presence {}

/** The presence channel of the conformance app. */
export class PresenceChannel extends Channel<Untyped, UserSocket> {
  #device: unknown = null;

  override join(topic: string, params: unknown): unknown {
    if (topic.startsWith('presence:private')) return error({ reason: 'unauthorized' });
    this.#device = params === null ? null : (fields(params).device ?? null);
    this.sendSelf({ type: 'after_join' });
    return {};
  }

  override handleInfo(): void {
    ConformancePresence.track(this, this.#key, { device: this.#device });
    this.push('presence_state', ConformancePresence.list(this));
  }

  get #key(): string {
    return this.assigns.userId ?? 'anonymous';
  }

  handleIn(event: string, payload: unknown): unknown {
    switch (event) {
      case 'update_meta': {
        const change = fields(payload);
        ConformancePresence.update(this, this.#key, (meta) => ({ ...(meta as object), ...change }));
        return {};
      }
      case 'untrack':
        ConformancePresence.untrack(this, this.#key);
        return {};
      case 'track_as': {
        const { key, meta } = fields(payload, 'key', 'meta');
        return this.#trackAs(text(key), fields(meta));
      }
      case 'untrack_as':
        ConformancePresence.untrack(this, text(fields(payload, 'key').key));
        return {};
      case 'list':
        return ConformancePresence.list(this);
      case 'get_by_key': {
        const found = ConformancePresence.getByKey(this, text(fields(payload, 'key').key));
        return found === undefined ? { found: false } : { found: true, metas: found.metas };
      }
      case 'new_msg':
        this.broadcast('new_msg', payload);
        return undefined;
      case 'echo':
        return payload;
      case 'boom':
        throw new Error('boom');
      case 'stop':
        return stop('normal');
      default:
        throw new NoClause(`no clause for ${event}`);
    }
  }

  #trackAs(key: string, meta: object): unknown {
    try {
      ConformancePresence.track(this, key, meta);
      return {};
    } catch (thrown) {
      if (thrown instanceof PresenceError) return error({ reason: thrown.code });
      throw thrown;
    }
  }
}
