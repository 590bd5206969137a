import { Channel, type ChannelOptions, defineApplication, error, routes, Socket, type Untyped } from 'rekindle';
import { type ClientClaims, mayJoin, readToken } from './client-token.js';
import { settings } from './settings.js';

const { sockets, publishers, publishKeys, tokenSecret, publicTopics, recoverMessages, recoverSeconds } = settings(process.env);

/** Clients only listen: what they send is refused. */
class TopicChannel extends Channel<Untyped, ClientSocket> {
  static override readonly options: ChannelOptions = {
    cached: { ttlMs: recoverSeconds * 1000 },
    recoverable: { maxMessages: recoverMessages, maxAgeMs: recoverSeconds * 1000 },
  };

  override join(topic: string) {
    return mayJoin(this.assigns, publicTopics, topic) ? {} : error({ reason: 'unauthorized' });
  }

  handleIn() {
    return error({ reason: 'clients only listen here' });
  }
}

class ClientSocket extends Socket<ClientClaims> {
  static readonly channels = routes({ '*': TopicChannel });

  /** Without a token a client gets the public topics. */
  override async connect({ token }: { readonly [key: string]: unknown }) {
    if (token === undefined) return { user: undefined, topics: [], until: undefined };
    return (await readToken(String(token), tokenSecret)) ?? error({ reason: 'bad token' });
  }

  override async refresh({ token }: { readonly [key: string]: unknown }) {
    const claims = await readToken(String(token), tokenSecret);
    return claims !== null && claims.user === this.assigns.user ? claims : error({ reason: 'bad token' });
  }

  override expiresAt(): number | undefined {
    return this.assigns.until;
  }

  override id(): string | undefined {
    const { user } = this.assigns;
    return user === undefined ? undefined : `connections:${user}`;
  }
}

export default defineApplication({
  children: [],
  endpoint: {
    sockets: { '/socket': { handler: ClientSocket, websocket: sockets, longpoll: sockets, sse: sockets ? '/sse' : false } },
    checkOrigin: false,
    readiness: '/ready',
    ...(publishers ? { publish: { keys: publishKeys } } : {}),
  },
});
