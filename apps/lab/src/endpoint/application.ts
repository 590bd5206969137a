import { broadcast, defineApplication, type Endpoint, msgpack } from 'rekindle';
import { EndpointSocket, OtherSocket } from './endpoint-socket.js';
import { Clerk, Registrar, RoomPresence } from './room-channel.js';

/** What tests change, as JSON: options of the endpoint, and of both its sockets. */
interface Settings {
  readonly endpoint?: Endpoint;
  readonly socket?: object;
  readonly originFunction?: boolean;
  readonly errorHandler?: boolean;
  readonly msgpack?: boolean;
}
const settings = JSON.parse(process.env.SETTINGS ?? '{}') as Settings;

function checkOrigin(origin: URL, request: { readonly path: string }): boolean | Promise<boolean> {
  if (origin.hostname === 'crash.example') throw new Error('checkOrigin crashes');
  const passes = origin.hostname === 'good.example' && request.path.endsWith('/socket');
  return origin.port === '1234' ? Promise.resolve(passes) : passes;
}

const errorHandler = (payload: unknown) => ({
  status: 429,
  headers: { 'retry-after': '7', 'content-type': 'application/json' },
  body: JSON.stringify(payload),
});

async function http(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname.endsWith('/large')) return new Response('abc '.repeat(1000), { headers: { etag: '"large"' } });
  if (pathname.endsWith('/image')) return new Response(new Uint8Array(4000), { headers: { 'content-type': 'image/png' } });
  if (pathname.endsWith('/url')) return Response.json({ url: request.url });
  if (pathname.endsWith('/broadcast')) {
    broadcast('room:outside', 'note', { from: 'http' });
    return Response.json({});
  }
  if (pathname.endsWith('/present')) return Response.json(await RoomPresence.list('room:outside'));
  if (pathname.endsWith('/greet')) return Response.json(await Clerk.at('clerk').call('greet', 'Ann'));
  return new Response('not found', { status: 404 });
}

export default defineApplication({
  children: [
    { start: Clerk, name: 'clerk' },
    { start: Registrar, name: 'registrar', restart: 'transient' },
  ],
  endpoint: {
    sockets: {
      '/socket': {
        handler: EndpointSocket,
        longpoll: true,
        ...settings.socket,
        ...(settings.errorHandler === true ? { errorHandler } : {}),
      },
      '/other': { handler: OtherSocket, longpoll: true, longpollWindowMs: 300, maxChannels: 1 },
    },
    http,
    ...settings.endpoint,
    ...(settings.originFunction === true ? { checkOrigin } : {}),
    ...(settings.msgpack === true ? { serializers: { '3.0.*': msgpack } } : {}),
  },
});
