import { type Browser, type Child, freePort, launchBrowser, root, screenshot, startNode } from '@rekindle/e2e';
import { afterAll, beforeAll, expect, it } from 'vitest';

let app: Child;
let browser: Browser;
let port: number;

beforeAll(async () => {
  port = await freePort();
  app = await startNode(`${root}/apps/sensors/dist/main.js`, [], { env: { PORT: String(port) }, ready: /^Sensors: / });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.kill();
});

it('draws each sensor, also on from where it broke', async () => {
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  const points = (sensor: string) =>
    page
      .getByRole('region', { name: sensor })
      .locator('polyline')
      .getAttribute('points')
      .then((text) => (text ?? '').split(' '));
  const said = (sensor: string, text: RegExp) => page.getByRole('region', { name: sensor }).locator('output').getByText(text).waitFor();

  for (const sensor of ['temperature', 'humidity', 'pressure']) await said(sensor, /^\d+\.\d, started 1 time$/);
  const before = await points('humidity');
  await page.getByRole('button', { name: 'Break humidity' }).click();
  await said('humidity', /started 2 times/);
  const after = await points('humidity');
  expect(after.length).toBeGreaterThan(before.length);
  expect(after.slice(0, before.length)).toEqual(before);
  await said('temperature', /started 1 time$/);
  expect(app.output).toContain('somebody broke the sensor of humidity');

  // Who comes later is shown what was measured before.
  const late = await browser.context.newPage();
  await late.goto(`http://127.0.0.1:${port}/`);
  await late
    .getByRole('region', { name: 'humidity' })
    .locator('output')
    .getByText(/started 2 times/)
    .waitFor();
  const line = await late.getByRole('region', { name: 'humidity' }).locator('polyline').getAttribute('points');
  expect(line?.split(' ').slice(0, before.length)).toEqual(before);
  await screenshot(late, 'sensors', 'sensors');
});
