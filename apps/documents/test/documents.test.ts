import { renameSync, writeFileSync } from 'node:fs';
import { type Browser, type Child, launchBrowser, root, screenshot, startNode, TcpProxy, type TempFolder, tempFolder } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: TempFolder;
let app: Child;
let link: TcpProxy;
let port: number;
let browser: Browser;

beforeAll(async () => {
  folder = tempFolder('documents');
  save('welcome', '# Welcome', '', 'The first line.', '', '- one', '- two');
  save('notes', '# Notes', '', '<b>Text</b> stays text.');
  const env = { PORT: '0', FOLDER: folder.path };
  app = await startNode(`${root}/apps/documents/dist/main.js`, [], { env, ready: /localhost:\d+/ });
  port = Number(/localhost:(\d+)/.exec(app.output)?.[1]);
  link = await TcpProxy.start(port);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await link?.close();
  expect(await app?.kill()).toEqual({ code: 0, signal: null });
  folder?.remove();
});

/** As an editor does that puts a new file in the old one's place. */
function save(name: string, ...lines: string[]): void {
  writeFileSync(`${folder.path}/.${name}.new`, `${lines.join('\n')}\n`);
  renameSync(`${folder.path}/.${name}.new`, `${folder.path}/${name}.md`);
}

async function open(at: number, name: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${at}/#${name}`);
  await page.getByText(/^Live/).waitFor();
  return page;
}

const shows = (page: Page, text: string) => page.locator('main').getByText(text, { exact: true }).waitFor();
const reads = (page: Page) => page.locator('main').getAttribute('data-reads');

it('shows what a file says, as soon as it says it, without being loaded again', async () => {
  const page = await open(port, 'welcome');
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await page.evaluate(`document.title = 'the same page'`);
  save('welcome', '# Welcome', '', 'Another line.', '', '- one', '- two');
  await shows(page, 'Another line.');
  // In place, as other editors do.
  writeFileSync(`${folder.path}/welcome.md`, '# Welcome\n\nA third line.\n\n- one\n- two\n');
  await shows(page, 'A third line.');

  await page.getByRole('button', { name: 'Crash the watcher' }).click();
  await app.waitFor(/somebody pressed "Crash the watcher"/);
  save('welcome', '# Welcome', '', 'After the crash.', '', '- one', '- two');
  await shows(page, 'After the crash.');
  expect(await page.getByRole('listitem').allTextContents()).toEqual(['one', 'two']);
  expect([await page.title(), await reads(page)]).toEqual(['the same page', '1']);
  await screenshot(page, 'documents', 'documents');
});

it('gives a window that was cut off the patches it has missed', async () => {
  const [cut, beside] = [await open(link.port, 'notes'), await open(port, 'notes')];
  await shows(cut, '<b>Text</b> stays text.');
  link.cut();
  await cut.getByText('Connecting…').waitFor();
  for (const text of ['Missed once.', 'Missed twice.']) {
    save('notes', '# Notes', '', text);
    await shows(beside, text);
  }
  link.heal();
  await shows(cut, 'Missed twice.');
  await cut.getByText('Live, 2 changes since it was opened').waitFor();
  expect(await reads(cut)).toBe('1');
});

it('says which documents there are, and that others are none', async () => {
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${port}/#notes`);
  expect(await page.getByRole('navigation').getByRole('link').first().textContent()).toBe('notes');
  await page.goto('about:blank');
  await page.goto(`http://127.0.0.1:${port}/#nothing`);
  await page.getByText('there is no nothing.md').waitFor();
});
