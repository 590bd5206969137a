import { Channel, error, Presence, type Untyped } from 'rekindle';
import type { EndpointSocket } from './endpoint-socket.js';

export class RealtimePresence extends Presence {}

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

  override handleInfo(): void {
    this.push('presence_state', RealtimePresence.list(this));
  }

  handleIn(event: string, payload: Asked): unknown {
    switch (`${event} ${payload.event}`) {
      case 'broadcast crash':
        throw new Error('as asked');
      case 'presence track':
        RealtimePresence.track(this, this.assigns.user ?? 'anonymous', payload.payload ?? {});
        return {};
      case 'presence untrack':
        RealtimePresence.untrack(this, this.assigns.user ?? 'anonymous');
        return {};
      default:
        this.broadcastFrom(event, payload);
        return {};
    }
  }
}
