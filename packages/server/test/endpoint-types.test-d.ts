import type { ErrorHandler, OriginCheck } from '@rekindle/channels';
import { Channel, type ChannelOptions, type ConnectInfo, Presence, type ReplyRef, routes, Socket } from '@rekindle/channels';
import { GenServer, noreply, type Ref } from '@rekindle/kernel';
import { type Counters, defineApplication, type RunningApplication } from '@rekindle/server';

declare function equal<T>(value: T): <U>(other: [T] extends [U] ? ([U] extends [T] ? U : never) : never) => void;

class Exporter extends GenServer {
  run(ref: ReplyRef<unknown, unknown>, url: string): void {
    ref.reply({ url });
  }
}

class Room extends Channel {
  static override readonly options: ChannelOptions = { shutdown: 'brutalKill', maxMailbox: 100 };
  declare protected exporter: Ref<Exporter>;

  override join(): void {}
  override onSlow(bufferedBytes: number): void {
    equal<number>(bufferedBytes)(this.socket.bufferedBytes);
  }
  handleIn(_event: string, _payload: unknown, ref: ReplyRef<unknown, unknown>) {
    this.cast(this.exporter, 'run', ref, 'https://example.com'); // a reference to a push can be sent
    return noreply(ref);
  }
  change(): void {
    // @ts-expect-error the socket is the framework's
    this.socket.bufferedBytes = 1;
  }
}

class Wrong extends Channel {
  // @ts-expect-error channels are never restarted
  static override readonly options: ChannelOptions = { restart: 'permanent' };
  override join(): void {}
}
void Wrong;

class UserSocket extends Socket<{ name: string }> {
  static readonly channels = routes({ 'room:*': Room });
  override connect(_params: { readonly [key: string]: unknown }, info: ConnectInfo): { name: string } {
    equal<string | undefined>(info.traceContext.traceparent)(info.userAgent);
    // @ts-expect-error what came in is not to be changed
    info.xHeaders['x-a'] = 'b';
    return { name: info.serializer };
  }
}

const checkOrigin: OriginCheck = async (origin, { path, uri }) => origin.host === uri.host && path !== '';
const errorHandler: ErrorHandler = (payload) => ({ status: 429, headers: { 'retry-after': '7' }, body: JSON.stringify(payload) });

defineApplication({
  children: [],
  endpoint: {
    sockets: { '/socket': { handler: UserSocket, limits: { joins: false, events: { perSecond: 1, burst: 2 } }, errorHandler } },
    checkOrigin,
    limits: { connects: { perSecond: 1, burst: 2 } },
  },
});
defineApplication({
  children: [],
  // @ts-expect-error a rate has a burst
  endpoint: { limits: { connects: { perSecond: 1 } } },
});
defineApplication({
  children: [],
  // @ts-expect-error connections are counted before a socket is chosen
  endpoint: { sockets: { '/socket': { handler: UserSocket, limits: { connects: false } } } },
});

declare const application: RunningApplication;
const counters: Counters = application.counters;
equal<number>(counters.joinsLimited)(counters.connections);

export class RoomPresence extends Presence {
  static fetch(_topic: string, presences: object): object {
    return presences;
  }
}
