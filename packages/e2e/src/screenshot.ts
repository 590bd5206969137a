import { mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { artifacts, root } from './paths.js';

/**
 * A picture of a page, as `NAME.png` among the artifacts. With SCREENSHOTS=1 the one that an app's README shows is made anew too; without
 * it a test changes nothing in the repository.
 */
export async function screenshot(page: Page, name: string, app?: string): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  const picture = await page.screenshot({ path: `${artifacts}/${name}.png` });
  if (app !== undefined && process.env.SCREENSHOTS === '1') writeFileSync(`${root}/apps/${app}/screenshot.png`, picture);
}
