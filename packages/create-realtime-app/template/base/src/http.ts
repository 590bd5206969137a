//#if auth
import { Token } from 'rekindle';
import { z } from 'zod';
import { settings } from './settings.js';

const Login = z.object({ name: z.string().trim().min(1).max(32) });

/** What tokens are for: one for something else does not pass. */
const SALT = 'user';

/** The name in a token that `POST /login` has given; undefined for any other text. */
export function nameIn(token: unknown): string | undefined {
  const verified = Token.verify(settings(process.env).SECRET, SALT, token);
  const { data } = z.object({ name: z.string() }).safeParse(verified.ok ? verified.data : undefined);
  return data?.name;
}

/** Put a look at a password, or another service's answer, here: as it is, everybody is who they say. */
async function login(request: Request): Promise<Response> {
  const { data } = Login.safeParse(await request.json().catch(() => undefined));
  if (data === undefined) return Response.json({ error: 'name: 1 to 32 characters' }, { status: 400 });
  return Response.json({ token: Token.sign(settings(process.env).SECRET, SALT, { name: data.name }) });
}

//#end
/** Everything that is neither a socket nor a file. Runs on a scheduler: when /health answers, they do. */
//#if auth
export async function http(request: Request): Promise<Response> {
//#else
export function http(request: Request): Response {
//#end
  const { pathname } = new URL(request.url);
  if (pathname === '/health') return Response.json({ status: 'ok' });
  //#if auth
  if (pathname === '/login' && request.method === 'POST') return login(request);
  //#end
  return new Response('Not found', { status: 404 });
}
