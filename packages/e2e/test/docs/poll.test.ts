import { readFileSync } from 'node:fs';
import { root } from '@rekindle/e2e';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PageApp, partsOf } from './page-app.js';
import { PageClient, type Reply } from './page-client.js';

// The guide of the poll, followed from the tutorial's first step on.

vi.setConfig({ testTimeout: 60_000 });

const app = new PageApp('poll');
const clients: PageClient[] = [];

beforeAll(async () => {
  const [project, ...later] = partsOf('tutorial/chat.md');
  const packages = later.flatMap(({ text }) => text.match(/^npm install .+$/gm) ?? []);
  await app.follow(`${project?.text}\n${packages.join('\n')}\n${readFileSync(`${root}/docs/guides/poll.md`, 'utf8')}`);
  await app.start();
});
afterAll(async () => {
  for (const client of clients) client.leave();
  await app.remove();
});

async function join(user: string): Promise<PageClient> {
  const response = await fetch(`http://127.0.0.1:${app.port}/sign-in`, { method: 'POST', body: user });
  const client = new PageClient(app.port, { params: { token: await response.text() }, topic: 'poll:lunch', event: 'results' });
  clients.push(client);
  await client.until(() => client.joins.length > 0);
  return client;
}

const ok = { status: 'ok', response: {} };
const refused = { status: 'error', response: { reason: 'you have voted' } };
const results = (tea: number, coffee: number, water: number) => ({ tea, coffee, water });

/** Until it is counted or refused: who asks while the poll starts again is told to try again. */
async function vote(client: PageClient, choice: string): Promise<Reply> {
  const reply = await client.push('vote', { choice });
  return (reply.response as { reason?: string }).reason === 'try again' ? vote(client, choice) : reply;
}

it('shows results as they come, takes one vote per user, and loses none in a crash', async () => {
  const [ann, bob, eve] = [await join('ann'), await join('bob'), await join('eve')];
  expect(ann.joins).toEqual([{ status: 'ok', response: { results: results(0, 0, 0) } }]);
  expect(await vote(ann, 'tea')).toEqual(ok);
  expect(await vote(bob, 'coffee')).toEqual(ok);
  await eve.until(() => eve.heard.length === 2);
  expect(eve.heard).toEqual([results(1, 0, 0), results(1, 1, 0)]);
  expect(await vote(ann, 'water')).toEqual(refused);
  expect(await vote(await join('ann'), 'water')).toEqual(refused);
  expect(await eve.push('vote', { choice: 'wine' })).toMatchObject({ status: 'error', response: { reason: 'invalid payload' } });

  void bob.push('crash', {});
  // From bob's own channel, so behind the crash.
  expect(await vote(bob, 'water')).toEqual(refused);
  expect(await vote(ann, 'water')).toEqual(refused);
  expect(await vote(eve, 'tea')).toEqual(ok);
  await ann.until(() => ann.heard.length === 3);
  expect(ann.heard[2]).toEqual(results(2, 1, 0));
  expect(app.output).toContain('somebody wanted it');
  expect([ann, bob, eve].map(({ crashes, closes, joins }) => [crashes, closes, joins.length])).toEqual(Array(3).fill([0, 0, 1]));
});

it('lets nobody vote without a token', async () => {
  const client = new PageClient(app.port, { params: { token: 'made up' }, topic: 'poll:lunch', event: 'results' });
  clients.push(client);
  await client.until(() => client.closes > 0);
  expect(client.joins).toEqual([]);
});

it('has a test that passes', async () => {
  expect(await app.test()).toMatch(/Tests .*1 passed.*\(1\)/);
});
