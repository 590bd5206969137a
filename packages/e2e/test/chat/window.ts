import type { Browser } from '@rekindle/e2e';
import type { Locator, Page } from 'playwright-core';

const TIMEOUT_MS = 15_000;

export interface WindowOptions {
  readonly room?: string;
  readonly phone?: boolean;
  readonly dark?: boolean;
}

/** One browser window in the chat, and what its page has been through. */
export class ChatWindow {
  readonly page: Page;
  /** What would show that not everything went by itself: connections that closed, errors of the page. */
  readonly incidents: string[] = [];
  connections = 0;

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on('pageerror', (error) => this.incidents.push(`page error: ${error.message}`));
    page.on('console', (message) => message.type() === 'error' && this.incidents.push(`console: ${message.text()}`));
    page.on('websocket', (socket) => {
      this.connections++;
      socket.on('close', () => this.incidents.push('WebSocket closed'));
      socket.on('socketerror', (error) => this.incidents.push(`WebSocket error: ${error}`));
    });
  }

  /** Opens the page, gives a name, and waits until the room is joined. */
  static async open(browser: Browser, port: number, name: string, options: WindowOptions = {}): Promise<ChatWindow> {
    const window = new ChatWindow(await browser.context.newPage());
    const { page } = window;
    await page.setViewportSize(options.phone ? { width: 390, height: 844 } : { width: 1180, height: 760 });
    await page.emulateMedia({ colorScheme: options.dark ? 'dark' : 'light' });
    await page.goto(`http://127.0.0.1:${port}/#${options.room ?? 'lobby'}`);
    await page.evaluate('window.notReloaded = true');
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Enter the chat' }).click();
    await window.joined();
    return window;
  }

  async joined(): Promise<void> {
    await this.page.locator('#status').getByText('Connected', { exact: true }).waitFor();
  }

  async say(text: string): Promise<void> {
    const field = this.page.getByLabel('Message', { exact: true });
    await field.fill(text);
    await field.press('Enter');
  }

  async press(button: 'Crash the room' | 'Crash my channel' | 'Block the thread'): Promise<void> {
    await this.#click(this.page.getByRole('button', { name: button }));
  }

  /** A window in the background draws once a second, and a click waits for the button to stand still. */
  async #click(target: Locator): Promise<void> {
    await this.page.bringToFront();
    await target.click();
  }

  message(text: string): Locator {
    return this.page.locator('.message').getByText(text, { exact: true });
  }

  messages(): Promise<string[]> {
    return this.page.locator('.message .body').allTextContents();
  }

  banner(text: RegExp): Locator {
    return this.page.locator('.notice').getByText(text);
  }

  async dismissBanners(): Promise<void> {
    const close = this.page.getByRole('button', { name: 'Dismiss' });
    while ((await close.count()) > 0) await this.#click(close.first());
  }

  person(name: string): Locator {
    return this.page.locator('#people').getByText(name);
  }

  wasReloaded(): Promise<boolean> {
    return this.page.evaluate('window.notReloaded !== true');
  }
}
