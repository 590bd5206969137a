import { broadcast, defineApplication, disconnect, Token } from 'rekindle';
import { SALT, SECRET, TinySocket, UserSocket } from './user-socket.js';

function json(body: unknown): Response {
  return Response.json(body);
}

/** The HTTP side of the conformance app. */
async function http(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, action, ...rest] = pathname.split('/').map(decodeURIComponent);
  const route = `${request.method} ${action ?? ''}`;
  switch (route) {
    case 'POST _disconnect':
      disconnect(`user_socket:${rest.join('/')}`);
      return json({ ok: true });
    case 'POST _broadcast': {
      const text = await request.text();
      broadcast(rest[0] as string, rest[1] as string, text === '' ? {} : JSON.parse(text));
      return json({ ok: true });
    }
    case 'GET _token':
      return json({ token: Token.sign(SECRET, SALT, rest[0], { signedAt: Date.now() / 1000 - Number(searchParams.get('age') ?? 0) }) });
    case 'GET _stats':
      return json(process.memoryUsage());
    default:
      return new Response('not found', { status: 404 });
  }
}

/** The app of `packages/e2e/conformance/channels/README.md`. */
export default defineApplication({
  children: [],
  endpoint: {
    sockets: {
      '/socket': { handler: UserSocket, longpoll: true, authToken: true, maxFrameBytes: 1_000_000 },
      '/tiny': { handler: TinySocket, longpoll: true, longpollWindowMs: 400, timeoutMs: 600, maxFrameBytes: 1000, maxChannels: 3 },
    },
    http,
    checkOrigin: false,
    limits: false,
  },
});
