import { defineApplication, type Endpoint, error, routes, Socket } from 'rekindle';
import { ArktypeChannel, ValibotChannel, ZodChannel } from './contract-channels.js';
import {
  AskingChannel,
  ControlChannel,
  MatchChannel,
  PlainChannel,
  QuotesChannel,
  ShortChannel,
  TableChannel,
  TickerChannel,
  WhoChannel,
} from './topics.js';

/** What tests change, as JSON. */
const settings = JSON.parse(process.env.SETTINGS ?? '{}') as { readonly endpoint?: Endpoint };

export class PushSocket extends Socket<{ user: string | null; downgrade: boolean; expiresIn?: number }> {
  static readonly channels = routes({
    zod: ZodChannel,
    valibot: ValibotChannel,
    arktype: ArktypeChannel,
    'match:plain': PlainChannel,
    'match:*': MatchChannel,
    'short:*': ShortChannel,
    'ticker:*': TickerChannel,
    'table:*': TableChannel,
    'plain:*': PlainChannel,
    'quotes:*': QuotesChannel,
    asking: AskingChannel,
    whoami: WhoChannel,
    'user:*': PlainChannel,
    control: ControlChannel,
  });

  override connect(params: { readonly [key: string]: unknown }) {
    if (params.refuse === 'yes') return error({ reason: 'refused' });
    return {
      user: typeof params.user === 'string' ? params.user : null,
      downgrade: params.downgrade === 'yes',
      ...(params.expiresIn === undefined ? {} : { expiresIn: Number(params.expiresIn) }),
    };
  }

  /** `expiresIn` comes from the client: tests need no tokens. */
  override expiresAt(): number | undefined {
    const { expiresIn } = this.assigns;
    return expiresIn === undefined ? undefined : Date.now() + expiresIn;
  }

  override async refresh(params: { readonly [key: string]: unknown }) {
    if (params.token !== 'good') return error({ reason: 'bad token' });
    return { ...this.assigns, user: 'renewed', expiresIn: Number(params.expiresIn) };
  }

  override expired() {
    return this.assigns.downgrade ? { user: 'guest', downgrade: true } : undefined;
  }

  override id(): string | undefined {
    const { user } = this.assigns;
    return user === null || user === 'renewed' || user === 'guest' ? undefined : `user:${user}`;
  }
}

export default defineApplication({
  children: [],
  endpoint: { sockets: { '/socket': { handler: PushSocket, longpoll: true, sse: '/sse' } }, limits: false, ...settings.endpoint },
});
