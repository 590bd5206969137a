import { readFileSync } from 'node:fs';
import { type Browser, launchBrowser, root } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PageApp, partsOf } from './page-app.js';
import { PageClient } from './page-client.js';

// Socket.IO's chat, as the guide ports it: in the folder of the tutorial's first step, in two pages of a browser.

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const app = new PageApp('socket-io');
let browser: Browser;

beforeAll(async () => {
  const [project] = partsOf('tutorial/chat.md');
  await app.follow(`${project?.text}\nnpm install @rekindle/client`);
  await app.follow(readFileSync(`${root}/docs/guides/from-socket-io.md`, 'utf8'));
  await app.start();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app.remove();
});

async function open(): Promise<Page> {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`http://127.0.0.1:${app.port}/`);
  return page;
}
async function say(page: Page, text: string): Promise<void> {
  await page.fill('#input', text);
  await page.click('#form button');
}
const shows = (page: Page, text: string) => page.locator('#messages li').getByText(text, { exact: true }).waitFor();
const all = (page: Page) => page.locator('#messages li').allTextContents();

it('everybody sees what is said, whoever was away sees what was said meanwhile, and nothing comes twice', async () => {
  const ann = await open();
  await say(ann, 'Ann is here');
  await shows(ann, 'Ann is here');
  const bob = await open();
  await say(bob, 'Bob is here');
  await Promise.all([shows(ann, 'Bob is here'), shows(bob, 'Bob is here')]);
  await bob.click('#toggle');
  await say(ann, 'Are you there?');
  await say(ann, 'Bob?');
  await shows(ann, 'Bob?');
  // Kept by his page until it is connected.
  await say(bob, 'I was away');
  await bob.click('#toggle');
  await Promise.all([shows(ann, 'I was away'), shows(bob, 'I was away')]);
  const said = ['Bob is here', 'Are you there?', 'Bob?', 'I was away'];
  expect(await all(ann)).toEqual(['Ann is here', ...said]);
  expect(await all(bob)).toEqual(said);
});

it('what is said again with the same id is answered and not said again', async () => {
  const client = new PageClient(app.port, { params: {}, topic: 'chat', event: 'chat message' });
  const ok = { status: 'ok', response: {} };
  for (const id of ['one', 'one', 'two']) expect(await client.push('chat message', { id, text: id })).toEqual(ok);
  await client.until(() => client.heard.length === 2);
  expect(client.heard).toEqual([{ text: 'one' }, { text: 'two' }]);
  client.leave();
});
