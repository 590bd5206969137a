import { X509Certificate } from 'node:crypto';
import { type ConnectInfo, type ErrorReply, error, routes, Socket } from 'rekindle';
import { LobbyChannel } from './lobby-channel.js';
import { RealtimeChannel } from './realtime-channel.js';
import { RoomChannel } from './room-channel.js';

interface Assigns {
  readonly user: string | undefined;
  readonly info: object;
}

export class EndpointSocket extends Socket<Assigns> {
  static readonly channels = routes({ 'room:*': RoomChannel, 'realtime:*': RealtimeChannel, 'rooms:*': LobbyChannel });

  override connect(
    params: { readonly [key: string]: unknown },
    info: ConnectInfo,
  ): Assigns | ErrorReply<unknown> | Promise<ErrorReply<unknown>> {
    if (params.refuse === 'yes') return error({ reason: 'refused', wait: 7 });
    if (params.refuse === 'late') {
      console.log('connect waits');
      return new Promise(() => {});
    }
    if (params.refuse === 'crash') throw new Error('connect crashes');
    const { peerCertificate, uri } = info;
    const certified = peerCertificate === undefined ? undefined : new X509Certificate(peerCertificate).subject;
    return {
      user: typeof params.user === 'string' ? params.user : undefined,
      info: { ...info, uri: uri.href, peerCertificate: certified },
    };
  }

  override id(): string | undefined {
    const { user } = this.assigns;
    return user === undefined ? undefined : `user:${user}`;
  }
}

export class OtherSocket extends EndpointSocket {}
