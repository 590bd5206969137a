import { type Browser, type Child, launchBrowser, root, screenshot, startNode } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

let app: Child;
let browser: Browser;
let url: string;

beforeAll(async () => {
  const env = { PORT: '0', PARK_AFTER_MS: '300' };
  app = await startNode(`${root}/apps/tracking/dist/main.js`, [], { env, ready: /localhost:\d+/ });
  url = `http://127.0.0.1:${/localhost:(\d+)/.exec(app.output)?.[1]}`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  expect(await app?.kill()).toEqual({ code: 0, signal: null });
});

async function open(path: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(url + path);
  return page;
}

async function driver(vehicle: string): Promise<Page> {
  const page = await open(`/drive.html#${vehicle}`);
  await page.getByText('Ready').waitFor();
  return page;
}

const said = (map: Page, text: string | RegExp) => map.getByRole('listitem').getByText(text).waitFor();

/** Red, green, blue and opacity of the map there; nothing has been drawn where all are 0. */
const colourAt = (map: Page, x: number, y: number) =>
  map.evaluate<number[]>(`{
    const canvas = document.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(${x} * canvas.width, ${y} * canvas.height, 1, 1);
    [...data];
  }`);

it('follows those who drive, remembers those who park, and forgets those who leave', async () => {
  const map = await open('/');
  const van = await driver('van-7');
  await said(map, 'van-7');
  await van.keyboard.press('ArrowRight');
  await said(map, /^van-7: 0\.00 travelled/);
  await van.keyboard.press('ArrowRight');
  await said(map, /^van-7: 0\.02 travelled/);
  await map.waitForFunction(`document.querySelector('canvas').dataset.drawn === 'van-7'`);
  expect((await colourAt(map, 0.54, 0.5))[3]).toBeGreaterThan(0);
  expect(await colourAt(map, 0.06, 0.1)).toEqual([0, 0, 0, 0]);

  // Its process is stopped, and who comes now still sees where it is.
  await said(map, 'van-7: 0.02 travelled, parked');
  const late = await open('/');
  await said(late, 'van-7: 0.02 travelled, parked');
  // Another process goes on where that one was.
  await van.keyboard.press('ArrowDown');
  await said(map, /^van-7: 0\.04 travelled/);

  const bike = await driver('bike-2');
  await bike.getByLabel('It drives itself').check();
  await said(late, /^bike-2: 0\.[1-9]\d* travelled, driving/);
  await screenshot(late, 'tracking', 'tracking');
  await van.close();
  await map.getByRole('listitem').getByText('van-7').waitFor({ state: 'detached' });
  await said(map, /^bike-2/);
});

it('lets nobody drive what is another one’s', async () => {
  const page = await driver('van-8');
  const answer = await page.evaluate(`(async () => {
    const { Socket } = await import('phoenix');
    const socket = new Socket('/socket', { params: { drives: 'van-8' } });
    socket.connect();
    const channel = socket.channel('vehicle:van-7', {});
    channel.join();
    return new Promise((resolve) => channel.push('drive', { x: 0, y: 0 }).receive('error', resolve).receive('ok', resolve));
  })()`);
  expect(answer).toEqual({ reason: 'you do not drive this one' });
  expect(app.output).not.toContain('crashed');
});
