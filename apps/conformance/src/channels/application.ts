import { processes, processInfo } from '@rekindle/kernel';
import { broadcast, defineApplication, disconnect, Token } from 'rekindle';
import { SALT, SECRET, TinySocket, UserSocket } from './user-socket.js';

function json(body: unknown): Response {
  return Response.json(body);
}

/** A part of a path, as it is where it is no encoded text. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Nothing stands for an empty object; undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many processes of each class there are. */
function census(): { [behaviour: string]: number } {
  const counts: { [behaviour: string]: number } = {};
  for (const pid of processes()) {
    const behaviour = processInfo(pid)?.behaviour ?? 'ended';
    counts[behaviour] = (counts[behaviour] ?? 0) + 1;
  }
  return counts;
}

/** The HTTP side of the conformance app. */
async function http(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, action, ...rest] = pathname.split('/').map(decoded);
  const route = `${request.method} ${action ?? ''}`;
  switch (route) {
    case 'POST _disconnect':
      disconnect(`user_socket:${rest.join('/')}`);
      return json({ ok: true });
    case 'POST _broadcast': {
      const payload = parsed(await request.text());
      if (payload === undefined) return new Response('expected JSON', { status: 400 });
      broadcast(rest[0] as string, rest[1] as string, payload);
      return json({ ok: true });
    }
    case 'GET _token':
      return json({ token: Token.sign(SECRET, SALT, rest[0], { signedAt: Date.now() / 1000 - Number(searchParams.get('age') ?? 0) }) });
    case 'GET _stats':
      globalThis.gc?.();
      return json({ ...process.memoryUsage(), processes: census() });
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
