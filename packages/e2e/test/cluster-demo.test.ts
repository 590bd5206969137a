import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { artifacts, type Browser, type Child, freePort, launchBrowser, root, startNode } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ChatWindow } from './chat/window.js';

const main = `${root}/apps/cluster-demo/dist/main.js`;

/** What `npm run demo:cluster` runs once everything is built. */
function startDemo(env: NodeJS.ProcessEnv, ready: RegExp): Promise<Child> {
  return startNode(main, [], { env: { SCHEDULERS: '1', ...env }, ready, timeoutMs: 300_000 });
}

async function runInVain(env: NodeJS.ProcessEnv, nodeArgs: readonly string[] = []): Promise<{ lines: string[]; code: number | null }> {
  const [script = main, ...args] = [...nodeArgs, main];
  const child = await startNode(script, args, { env });
  const { code } = await child.exited;
  const lines = child.output.trim().split('\n');
  return { lines: lines.filter((line) => !/^Starting|\[info\] cluster:/.test(line)), code };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// The parts build on one another: two windows at two processes, and one at the board, from the first to the last.
describe('npm run demo:cluster', () => {
  let browser: Browser;
  let demo: Child;
  let port: number;
  let ann: ChatWindow;
  let bob: ChatWindow;
  let board: Page;

  const pidOf = (what: string, from = 0) => Number(new RegExp(`${what}.*process (\\d+)`).exec(demo.output.slice(from))?.[1]);
  const natsFolder = () => /-c\0([^\0]*\/)nats\.conf/.exec(readFileSync(`/proc/${pidOf('NATS:')}/cmdline`, 'utf8'))?.[1] ?? '';

  async function bothHear(from: ChatWindow, text: string): Promise<void> {
    await from.say(text);
    await Promise.all([ann.message(text).waitFor(), bob.message(text).waitFor()]);
  }

  async function listsBoth(): Promise<void> {
    await Promise.all([ann.person('Bob').waitFor(), bob.person('Ann').waitFor()]);
  }

  /** What the board says of a node, in the row of that name. */
  const row = (node: string, term: string) => board.locator(`#${node} dd[data-row="${term}"]`);
  const says = (node: string, term: string, text: string) => row(node, term).getByText(text, { exact: true }).waitFor({ timeout: 30_000 });
  const isSaidToBe = (node: string, condition: string) =>
    board.getByRole('heading', { name: `${node}: ${condition}`, exact: true }).waitFor();
  const press = (button: string) => board.getByRole('button', { name: button, exact: true }).click();
  const counter = async (name: string) => Number(await board.locator(`#${name}`).textContent());

  async function allSeeEachOther(): Promise<void> {
    await Promise.all([
      says('chat-1', 'sees', 'chat-2, chat-3'),
      says('chat-2', 'sees', 'chat-1, chat-3'),
      says('chat-3', 'sees', 'chat-1, chat-2'),
    ]);
    const members = 'chat-1, chat-1, chat-2, chat-2, chat-3, chat-3';
    for (const node of ['chat-1', 'chat-2', 'chat-3']) await says(node, 'group workers', members);
    const leaders = () => Promise.all(['chat-1', 'chat-2', 'chat-3'].map((node) => row(node, 'name leader').textContent()));
    await vi.waitFor(async () => expect(new Set(await leaders()).size).toBe(1), { timeout: 30_000 });
    expect((await leaders())[0]).toMatch(/^chat-\d \(token \d+\)$/);
  }

  /** Whatever happened, and they still talk. */
  async function nothingIsLost(): Promise<void> {
    const heard = await counter('heard');
    await vi.waitFor(async () => expect(await counter('heard')).toBeGreaterThan(heard), { timeout: 30_000 });
    expect([await counter('lost'), await counter('doubled')]).toEqual([0, 0]);
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    port = await freePort();
    demo = await startDemo({ PORT: String(port) }, /Ctrl-C ends everything/);
    ann = await ChatWindow.open(browser, port + 1, 'Ann');
    bob = await ChatWindow.open(browser, port + 2, 'Bob');
  }, 600_000);

  afterAll(async () => {
    await browser?.close();
    await demo?.kill();
  });

  it('prints all addresses and what to try', () => {
    const nodes = [1, 2, 3].map((n) => `chat-${n}:  http://localhost:${port + n}, process `);
    for (const text of [`http://localhost:${port}/cluster `, ...nodes, 'NATS:    nats://127.0.0.1:', 'kill -9']) {
      expect(demo.output).toContain(text);
    }
  });

  it('shows what is said at one process at the other, and everybody who is there', async () => {
    await bothHear(ann, 'Hello from process one');
    await bothHear(bob, 'Hello from process two');
    await listsBoth();
    await bob.page.getByLabel('Message', { exact: true }).pressSequentially('Wait');
    await ann.page.getByText('Bob is typing…').waitFor();
    await bothHear(bob, 'Wait for me');
    await ann.page.screenshot({ path: `${artifacts}/cluster-demo.png` });
  });

  it('gives a room that crashes its messages back, from the other process', async () => {
    const before = await bob.messages();
    await ann.press('Crash the room');
    await ann.banner(/The room crashed and was restarted by its supervisor\. Another node still knew its messages\./).waitFor();
    expect(await ann.messages()).toEqual(before);
    expect(await bob.banner(/./).count()).toBe(0);
    await bothHear(ann, 'After the crash');
    await bothHear(bob, 'Nothing happened here');
  });

  it('goes on when one process is killed: the other serves, and its people leave the list', async () => {
    process.kill(pidOf('chat-1:'), 'SIGKILL');
    await demo.waitFor(/^chat-1 has ended \(SIGKILL\); it is started again in 6 seconds\.$/m);
    await bob.person('Ann').waitFor({ state: 'detached' });
    await bob.say('Is anybody there?');
    await bob.message('Is anybody there?').waitFor();
    await bob.joined();
    expect(bob.incidents).toEqual([]);
  });

  it('takes the process back: its windows join again, know what was said, and messages flow', async () => {
    await demo.waitFor(/^chat-1 is back/m);
    expect(pidOf('chat-1 is back')).not.toBe(pidOf('chat-1:'));
    await ann.banner(/Connected again/).waitFor();
    await ann.message('Is anybody there?').waitFor();
    expect(await ann.messages()).toEqual(await bob.messages());
    await listsBoth();
    await bothHear(ann, 'I am back');
    await bothHear(bob, 'I never left');
    expect(await ann.wasReloaded()).toBe(false);
  }, 60_000);

  it('gives windows at the proxy in front to the processes in turn', async () => {
    const carl = await ChatWindow.open(browser, port, 'Carl');
    const dora = await ChatWindow.open(browser, port, 'Dora');
    await carl.say('From behind the proxy');
    for (const window of [ann, bob, dora]) await window.message('From behind the proxy').waitFor();
    await Promise.all([carl.page.close(), dora.page.close()]);
  });

  it('shows nodes, actors, names and groups on a board', async () => {
    board = await browser.context.newPage();
    await board.goto(`http://127.0.0.1:${port}/cluster`);
    await allSeeEachOther();
    for (const node of ['chat-1', 'chat-2', 'chat-3']) {
      await isSaidToBe(node, 'running');
      expect(await row(node, 'actors').textContent()).toContain('2 Worker');
    }
    await nothingIsLost();
    await board.screenshot({ path: `${artifacts}/cluster-board.png` });
  });

  it.each([
    ['freeze', 'chat-2', 'frozen', 'chat-3', 'chat-1', 'chat-3'],
    ['cut off', 'chat-3', 'cut off', 'chat-2', 'chat-1', 'chat-2'],
  ])(
    'has a button to %s a process, after which the others are without it, and one to heal it',
    async (button, node, condition, seen, first, second) => {
      await press(`${button} ${node}`);
      await isSaidToBe(node, condition);
      await Promise.all([says(first, 'sees', seen), says(second, 'sees', first)]);
      await says(first, 'group workers', [first, first, second, second].join(', '));
      await press(`heal ${node}`);
      await isSaidToBe(node, 'running');
      await allSeeEachOther();
      await nothingIsLost();
    },
    90_000,
  );

  it('has a button to kill a process, which is started again', async () => {
    const before = await row('chat-3', 'process').textContent();
    await press('kill -9 chat-3');
    await isSaidToBe('chat-3', 'dead');
    await Promise.all([says('chat-1', 'sees', 'chat-2'), says('chat-2', 'sees', 'chat-1')]);
    await demo.waitFor(/^chat-3 is back/m);
    await allSeeEachOther();
    expect(await row('chat-3', 'process').textContent()).not.toBe(before);
    await nothingIsLost();
    await bothHear(ann, 'All three again');
  }, 90_000);

  it('takes no orders from other pages, nor such as it does not know', async () => {
    const order = (type: string, body: string) =>
      fetch(`http://127.0.0.1:${port}/cluster/do`, { method: 'POST', headers: { 'content-type': type }, body });
    const refused = await order('text/plain', '{"node":"chat-1","action":"kill"}');
    expect([refused.status, await refused.json()]).toEqual([400, { error: 'expected a POST with JSON' }]);
    for (const body of ['', '{', 'null', '{"node":"chat-1","action":"toString"}', '{"node":"chat-9","action":"kill"}']) {
      const response = await order('application/json', body);
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: 'expected a node (chat-1, chat-2, chat-3) and an action (kill, freeze, cut, heal)' },
      ]);
    }
    expect(isRunning(pidOf('chat-1 is back'))).toBe(true);
  });

  it('leaves nothing behind when Ctrl-C ends it, whatever was done to its processes', async () => {
    const pids = [pidOf('chat-1 is back'), pidOf('chat-2:'), pidOf('chat-3 is back'), pidOf('NATS:')];
    const folder = natsFolder();
    expect(pids.map(isRunning)).toEqual([true, true, true, true]);
    await press('freeze chat-2');
    await press('cut off chat-3');
    await Promise.all([isSaidToBe('chat-2', 'frozen'), isSaidToBe('chat-3', 'cut off')]);
    expect(existsSync(folder)).toBe(true);
    demo.signal('SIGINT');
    expect(await demo.exited).toEqual({ code: 0, signal: null });
    expect(pids.map(isRunning)).toEqual([false, false, false, false]);
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves nothing behind when it is killed itself', async () => {
    const other = await startDemo({ PORT: String(await freePort()) }, /Ctrl-C ends everything/);
    const pids = ['chat-1:', 'chat-2:', 'chat-3:', 'NATS:'].map((what) =>
      Number(new RegExp(`${what}.*process (\\d+)`).exec(other.output)?.[1]),
    );
    expect(pids.map(isRunning)).toEqual([true, true, true, true]);
    other.signal('SIGKILL');
    await other.exited;
    await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, false, false, false]), { timeout: 10_000 });
  });
});

describe('npm run demo:cluster, where it cannot run, says so in one sentence', () => {
  it('a port is in use', async () => {
    const port = await freePort();
    for (const used of [port, port + 1]) {
      const other = createServer().listen(used, '127.0.0.1');
      await once(other, 'listening');
      const result = await runInVain({ PORT: String(port) });
      other.close();
      expect(result).toEqual({ lines: [`port ${used} is in use: stop the other server or choose another port with PORT`], code: 1 });
    }
  });

  it('PORT is none', async () => {
    const line = "PORT: expected a whole number from 1 to 65532 (the processes take the next 3), got 'http'.";
    expect(await runInVain({ PORT: 'http' })).toEqual({ lines: [line], code: 1 });
  });

  it('NATS_URL is none', async () => {
    const line = "NATS_URL: expected an address such as nats://127.0.0.1:4222, got 'somewhere'.";
    expect(await runInVain({ PORT: String(await freePort()), NATS_URL: 'somewhere' })).toEqual({ lines: [line], code: 1 });
  });

  it('there is no nats-server to be had', async () => {
    const pretend = fileURLToPath(new URL('pretend/no-debian.cjs', import.meta.url));
    expect(await runInVain({ PORT: String(await freePort()) }, ['--require', pretend])).toEqual({
      lines: [
        'The packages nats-server 2.10.27 of Debian trixie are needed, and this machine has no apt-get, dpkg. Or set NATS_URL to a NATS server that runs already.',
      ],
      code: 1,
    });
  });
});
