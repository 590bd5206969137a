import { Channel, type ExitReason, error, type Untyped } from 'rekindle';
import type { EndpointSocket } from './endpoint-socket.js';

type Message = { readonly type: 'afterJoin'; readonly user: unknown } | { readonly type: 'ping' };

interface Said {
  readonly user: string;
  readonly body: string;
}

/** The chat room of Phoenix's first guides: everybody may enter the lobby, and nobody another room. */
export class LobbyChannel extends Channel<Untyped, EndpointSocket> {
  #user: unknown = 'somebody';

  override join(topic: string, params: { readonly user?: unknown; readonly pingMs: number }): unknown {
    if (topic !== 'rooms:lobby') return error({ reason: 'unauthorized' });
    this.trapExit(true);
    this.sendInterval(params.pingMs, { type: 'ping' });
    this.sendSelf({ type: 'afterJoin', user: params.user });
    return {};
  }

  override handleInfo(message: Message): void {
    if (message.type === 'ping') this.push('new:msg', { user: 'SYSTEM', body: 'ping' });
    else {
      this.broadcast('user:entered', { user: message.user });
      this.push('join', { status: 'connected' });
    }
  }

  handleIn(event: string, { user, body }: Said): unknown {
    if (event !== 'new:msg') throw new Error(`no clause for ${event}`);
    const before = this.#user;
    this.#user = user;
    this.broadcast('new:msg', { user, body });
    return { msg: body, before };
  }

  override terminate(reason: ExitReason): void {
    console.log(`leave ${JSON.stringify(reason)} ${JSON.stringify(this.#user)}`);
  }
}
