import { mkdirSync } from 'node:fs';
import { artifacts, launchBrowser } from '@rekindle/e2e';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { PageApp, partsOf } from './page-app.js';
import { PageClient } from './page-client.js';

// The tutorial, followed from an empty folder: each step's files as the page has them, built, started, and used as the step says.

vi.setConfig({ testTimeout: 60_000 });

const app = new PageApp('tutorial');
const clients: PageClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.leave();
  await app.stop();
});
afterAll(() => app.remove());

async function join(name: string): Promise<PageClient> {
  const client = new PageClient(app.port, { params: { name }, topic: 'chat:lobby', event: 'said' });
  clients.push(client);
  await client.until(() => client.joins.length > 0);
  expect(client.joins[0]).toMatchObject({ status: 'ok' });
  return client;
}

const said = (name: string, text: string) => ({ name, text });
const ok = { status: 'ok', response: {} };

/** What the last join has shown. */
const shown = ({ joins }: PageClient): unknown => (joins.at(-1)?.response as { said?: unknown } | undefined)?.said;

/** What each step's reader does, by heading. */
const played: { readonly [heading: string]: () => Promise<void> } = {
  async '1. A project'() {
    const response = await fetch(`http://127.0.0.1:${await app.start()}/`);
    expect(await response.text()).toContain('<h1>Chat</h1>');
    expect(await app.stop()).toBe(0);
  },

  async '2. Everybody hears everybody'() {
    await app.start();
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    expect(await ann.push('say', { text: 'hello' })).toEqual(ok);
    await bob.until(() => bob.heard.length > 0);
    expect(bob.heard).toEqual([said('Ann', 'hello')]);
    expect(await bob.push('say', { text: ' ' })).toMatchObject({ status: 'error', response: { reason: 'invalid payload' } });
    expect([ann.crashes, bob.crashes]).toEqual([0, 0]);
  },

  async '3. A room that remembers'() {
    await app.start();
    const ann = await join('Ann');
    expect(await ann.push('say', { text: 'hello' })).toEqual(ok);
    expect(await ann.push('say', { text: '/roll 2' })).toEqual(ok);
    expect(shown(await join('Eve'))).toEqual([said('Ann', 'hello'), said('Ann', expect.stringMatching(/^rolls ([2-9]|1[0-2])$/))]);
  },

  async '4. The crash'() {
    await app.start();
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    expect(await ann.push('say', { text: 'hello' })).toEqual(ok);
    void ann.push('say', { text: '/roll many' });
    await ann.until(() => ann.joins.length === 2);
    expect({ ann: ann.crashes, bob: bob.crashes, closes: ann.closes + bob.closes }).toEqual({ ann: 1, bob: 0, closes: 0 });
    expect(shown(ann)).toEqual([]);
    expect(shown(await join('Eve'))).toEqual([]);
    expect(app.output).toMatch(/expected a number of dice, got 'many'[\s\S]*dice\.js/);
    expect(await bob.push('say', { text: 'still here' })).toEqual(ok);
  },

  async '5. Lose nothing, disturb nobody'() {
    await app.start();
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    expect(await ann.push('say', { text: 'hello' })).toEqual(ok);
    const reason = 'That did not work. Try something else.';
    expect(await ann.push('say', { text: '/roll many' })).toEqual({ status: 'error', response: { reason } });
    expect(shown(await join('Eve'))).toEqual([said('Ann', 'hello')]);
    expect([ann, bob].map(({ crashes, closes, joins }) => [crashes, closes, joins.length])).toEqual([
      [0, 0, 1],
      [0, 0, 1],
    ]);
  },

  async '6. The endless loop'() {
    await app.start();
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    expect(await ann.push('say', { text: 'hello' })).toEqual(ok);
    void ann.push('say', { text: '/roll -1' });
    // Each attempt is answered: by a room that is gone, or by the one that has taken its place.
    for (let reply = await bob.push('say', { text: 'again' }); reply.status !== 'ok'; ) reply = await bob.push('say', { text: 'again' });
    expect(app.output).toMatch(/stuck|stands still|does not answer/);
    expect(ann.closes + bob.closes).toBe(0);
    const all = shown(await join('Eve')) as unknown[];
    expect([all[0], all.at(-1)]).toEqual([said('Ann', 'hello'), said('Bob', 'again')]);
  },

  async '7. Prove it'() {
    expect(await app.test()).toMatch(/Tests .*1 passed.*\(1\)/);
  },
};

describe('the tutorial', () => {
  const steps = partsOf('tutorial/chat.md').filter(({ heading }) => /^\d/.test(heading));

  it('has a play for each of its steps', () => {
    expect(Object.keys(played)).toEqual(steps.map(({ heading }) => heading));
  });

  for (const { heading, text } of steps)
    it(heading, async () => {
      await app.follow(text);
      await played[heading]?.();
    });

  it('ends with a page that shows it all', async () => {
    await app.start();
    const browser = await launchBrowser();
    try {
      const page = await browser.context.newPage();
      page.once('dialog', (dialog) => void dialog.accept('Ann'));
      await page.goto(`http://127.0.0.1:${app.port}/`);
      await page.locator('#status').getByText('Joined', { exact: true }).waitFor();
      for (const text of ['hello', '/roll many']) {
        await page.getByLabel('Text').fill(text);
        await page.getByRole('button', { name: 'Say' }).click();
        if (text === 'hello') await page.getByRole('listitem').getByText('Ann: hello').waitFor();
      }
      await page.getByText('That did not work. Try something else.').waitFor();
      mkdirSync(artifacts, { recursive: true });
      await page.screenshot({ path: `${artifacts}/tutorial.png` });
    } finally {
      await browser.close();
    }
  });
});
