import { type Browser, launchBrowser, screenshot } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChatServer, startChat } from './chat/server.js';
import { ChatWindow } from './chat/window.js';

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
}, 600_000);

afterAll(() => browser?.close());

const servers = [
  { adapter: 'uws', schedulers: 2 },
  { adapter: 'node', schedulers: 2 },
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
];

// The parts build on one another: two windows that stay open from the first to the last.
describe.each(servers)('the chat in two windows, ADAPTER=$adapter SCHEDULERS=$schedulers', ({ adapter, schedulers }) => {
  let server: ChatServer;
  let ann: ChatWindow;
  let bob: ChatWindow;

  async function bothHear(from: ChatWindow, text: string): Promise<void> {
    await from.say(text);
    await Promise.all([ann.message(text).waitFor(), bob.message(text).waitFor()]);
  }

  beforeAll(async () => {
    server = await startChat({ ADAPTER: adapter, SCHEDULERS: String(schedulers) });
    ann = await ChatWindow.open(browser, server.port, 'Ann');
    bob = await ChatWindow.open(browser, server.port, 'Bob', { phone: true, dark: true });
  });

  afterAll(async () => {
    await Promise.all([ann?.page.close(), bob?.page.close()]);
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  it('carries messages both ways', async () => {
    await bothHear(ann, 'Hello, Bob');
    await bothHear(bob, 'Hello, Ann');
    await bothHear(ann, '<b>not bold</b>');
    const said = ['Hello, Bob', 'Hello, Ann', '<b>not bold</b>'];
    expect(await ann.messages()).toEqual(said);
    expect(await bob.messages()).toEqual(said);
  });

  it('shows who is online, and a newcomer what has been said', async () => {
    await Promise.all([ann.person('Bob').waitFor(), bob.person('Ann').waitFor()]);
    const cleo = await ChatWindow.open(browser, server.port, 'Cleo');
    await Promise.all([ann, bob].map((window) => window.person('Cleo').waitFor()));
    await Promise.all([cleo.person('Ann').waitFor(), cleo.person('Bob').waitFor()]);
    expect(await cleo.messages()).toEqual(['Hello, Bob', 'Hello, Ann', '<b>not bold</b>']);
    await cleo.page.close();
    await Promise.all([ann, bob].map((window) => window.person('Cleo').waitFor({ state: 'detached' })));
  });

  it('shows to the others who is typing, until the message comes', async () => {
    await bob.page.getByLabel('Message', { exact: true }).pressSequentially('Wait');
    await ann.page.getByText('Bob is typing…').waitFor();
    expect(await bob.page.getByText('is typing…').count()).toBe(0);
    await bob.say('Wait for me');
    await ann.message('Wait for me').waitFor();
    expect(await ann.page.getByText('is typing…').count()).toBe(0);
  });

  it('keeps rooms apart', async () => {
    const dora = await ChatWindow.open(browser, server.port, 'Dora', { room: 'random' });
    await dora.say('Nobody here?');
    await dora.message('Nobody here?').waitFor();
    await dora.page.getByRole('link', { name: '#lobby' }).click();
    await dora.message('Wait for me').waitFor();
    await dora.say('Found you');
    await ann.message('Found you').waitFor();
    expect(await dora.message('Nobody here?').count()).toBe(0);
    await dora.page.close();
  });

  it('restarts a room that crashes: it is empty, and nobody has to join again', async () => {
    await ann.press('Crash the room');
    const restarted = /The room crashed and was restarted by its supervisor/;
    await Promise.all([ann.banner(restarted).waitFor(), bob.banner(restarted).waitFor()]);
    expect(await ann.messages()).toEqual([]);
    expect(await bob.messages()).toEqual([]);
    await bothHear(bob, 'After the crash');
    for (const window of [ann, bob]) expect(await window.banner(/channel/).count()).toBe(0);
    if (adapter === 'uws' && schedulers === 2) {
      await bothHear(ann, 'Everybody is still here, and so am I.');
      await screenshot(ann.page, 'chat', 'chat');
      await screenshot(bob.page, 'chat-phone');
    }
    await Promise.all([ann.dismissBanners(), bob.dismissBanners()]);
  });

  it('joins again after its channel crashed, and the other window notices nothing', async () => {
    const before = await ann.messages();
    await ann.press('Crash my channel');
    await ann.banner(/Your channel crashed, rejoining/).waitFor();
    await ann.banner(/Your channel is back\. The connection stayed open/).waitFor();
    expect(await ann.messages()).toEqual(before);
    await bothHear(ann, 'I am back');
    await bob.person('Ann').waitFor();
    expect(await bob.banner(/./).count()).toBe(0);
    await ann.dismissBanners();
  });

  async function blockAndComeBack(): Promise<void> {
    await ann.press('Block the thread');
    await ann.banner(/Thread \d+ is blocked by an endless loop/).waitFor();
    await ann.banner(/Thread \d+ was replaced, your channel is back on thread \d+\. The connection stayed open/).waitFor();
    await Promise.all([ann.joined(), bob.joined()]);
    expect(server.child.output).toMatch(/scheduler \d+ is stuck/);
    await bothHear(ann, 'Still connected');
    await bothHear(bob, 'So am I');
    await Promise.all([ann.person('Bob').waitFor(), bob.person('Ann').waitFor()]);
  }

  async function blockInVain(): Promise<void> {
    await ann.press('Block the thread');
    await ann.banner(/Nothing was blocked: with SCHEDULERS=0/).waitFor();
    await bothHear(ann, 'Still connected');
  }

  if (schedulers > 0) it('comes back on another thread when its own is blocked', blockAndComeBack);
  else it('does not block the only thread', blockInVain);

  it('did all this on one connection per window, without a reload', async () => {
    for (const window of [ann, bob]) {
      expect(window.incidents).toEqual([]);
      expect(window.connections).toBe(1);
      expect(await window.wasReloaded()).toBe(false);
    }
  });
});
