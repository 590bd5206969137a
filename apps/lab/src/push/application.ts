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
} from './topics.js';

/** What tests change, as JSON. */
const settings = JSON.parse(process.env.SETTINGS ?? '{}') as { readonly endpoint?: Endpoint };

export class PushSocket extends Socket<{ user: string | null }> {
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
    'user:*': PlainChannel,
    control: ControlChannel,
  });

  override connect(params: { readonly [key: string]: unknown }) {
    if (params.refuse === 'yes') return error({ reason: 'refused' });
    return { user: typeof params.user === 'string' ? params.user : null };
  }

  override id(): string | undefined {
    const { user } = this.assigns;
    return user === null ? undefined : `user:${user}`;
  }
}

export default defineApplication({
  children: [],
  endpoint: { sockets: { '/socket': { handler: PushSocket, longpoll: true, sse: '/sse' } }, limits: false, ...settings.endpoint },
});
