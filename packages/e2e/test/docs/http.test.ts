import { readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PageApp, partsOf } from './page-app.js';
import { PageClient } from './page-client.js';

// The guide of HTTP beside the sockets, followed from the tutorial's first step on.

vi.setConfig({ testTimeout: 60_000 });

const app = new PageApp('http');
const clients: PageClient[] = [];

beforeAll(async () => {
  const [project] = partsOf('tutorial/chat.md');
  await app.follow(`${project?.text}\n${readFileSync(`${root}/docs/guides/http.md`, 'utf8')}`);
  await app.start();
});
afterAll(async () => {
  for (const client of clients) client.leave();
  await app.remove();
});

const ask = (path: string, options: RequestInit = {}): Promise<Response> => fetch(`http://127.0.0.1:${app.port}${path}`, options);

async function signIn(user: string): Promise<{ readonly cookie: string }> {
  const { status, headers } = await ask('/sign-in', { method: 'POST', body: JSON.stringify({ user }) });
  expect(status).toBe(204);
  const cookie = headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
  return { cookie: cookie.split(';', 1)[0] ?? '' };
}

async function join(token: string): Promise<PageClient> {
  const client = new PageClient(app.port, { params: { token }, topic: 'room:lobby', event: 'said' });
  clients.push(client);
  await client.until(() => client.joins.length > 0 || client.closes > 0);
  return client;
}

it('has a session in a cookie, and gives a token for the socket to who has one', async () => {
  expect((await ask('/api/token')).status).toBe(401);
  const headers = await signIn('ann');
  const answer = await ask('/api/token', { headers });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const { token } = (await answer.json()) as { token: string };
  const ann = await join(token);
  expect(ann.joins).toEqual([{ status: 'ok', response: { visits: 1 } }]);
  // The cookie's own token opens no socket, the socket's no session.
  expect((await join(headers.cookie.replace('session=', ''))).joins).toEqual([]);
  expect((await ask('/api/token', { headers: { cookie: `session=${token}` } })).status).toBe(401);
});

it('broadcasts, lists who is there, calls a process, and ends connections from its handlers', async () => {
  const headers = await signIn('bob');
  const { token } = (await (await ask('/api/token', { headers })).json()) as { token: string };
  const bob = await join(token);
  expect((await ask('/api/rooms/lobby/say', { method: 'POST', headers, body: 'Hello!' })).status).toBe(204);
  await bob.until(() => bob.heard.length > 0);
  expect(bob.heard).toEqual([{ user: 'bob', text: 'Hello!' }]);
  // A thread hears of those on another one a moment later.
  let people: string[] = [];
  while (!people.includes('bob')) people = (await (await ask('/api/rooms/lobby/people', { headers })).json()) as string[];
  expect(await (await ask('/api/visits', { method: 'POST', headers })).json()).toEqual({ visits: 3 });
  const closes = bob.closes;
  await ask('/api/sign-out-everywhere', { method: 'POST', headers });
  await bob.until(() => bob.closes > closes);
});

it('says how long files may be kept', async () => {
  const asset = await ask('/assets/app-1a2b3c.js');
  expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  const again = await ask('/assets/app-1a2b3c.js', {
    headers: { 'if-none-match': asset.headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
  });
  expect([again.status, again.headers.get('cache-control')]).toEqual([304, 'public, max-age=31536000, immutable']);
  expect((await ask('/')).headers.get('cache-control')).toBe('public, max-age=0');
  expect((await ask('/assets/missing.js')).headers.get('cache-control')).toBeNull();
});
