import { Channel, error, Presence, type PresenceState, type Untyped } from 'rekindle';
import type { EndpointSocket } from './endpoint-socket.js';

/** Adds something that takes time to find out: as long as the meta says. */
export class RealtimePresence extends Presence {
  static async fetch(_topic: string, presences: PresenceState<{ readonly ms?: number }>): Promise<object> {
    const times = Object.values(presences).flatMap(({ metas }) => metas.map(({ ms = 0 }) => ms));
    if (times.some((ms) => ms < 0)) throw new Error('nothing found');
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, ...times)));
    return Object.fromEntries(Object.entries(presences).map(([key, { metas }]) => [key, { metas, name: `user ${key}` }]));
  }
}

interface Asked {
  readonly event: string;
  readonly payload?: object;
}

/** What Supabase's client expects of a channel: its broadcasts and presences are events like any other. */
export class RealtimeChannel extends Channel<Untyped, EndpointSocket> {
  override join(topic: string): unknown {
    if (topic.startsWith('realtime:private')) return error({ reason: 'unauthorized' });
    this.sendSelf({ type: 'joined' });
    return {};
  }

  override async handleInfo(): Promise<void> {
    this.push('presence_state', await RealtimePresence.list(this));
  }

  handleIn(event: string, payload: Asked): unknown {
    switch (`${event} ${payload.event}`) {
      case 'broadcast crash':
        throw new Error('as asked');
      case 'presence track':
        RealtimePresence.track(this, this.assigns.user ?? 'anonymous', payload.payload ?? {});
        return {};
      case 'presence find':
        return RealtimePresence.getByKey(this, this.assigns.user ?? 'anonymous');
      case 'presence untrack':
        RealtimePresence.untrack(this, this.assigns.user ?? 'anonymous');
        return {};
      default:
        this.broadcastFrom(event, payload);
        return {};
    }
  }
}
