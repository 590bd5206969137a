import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { artifacts, type Browser, type Child, freePort, launchBrowser, root, startNode } from '@rekindle/e2e';
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

// The parts build on one another: two windows, one at each process, from the first to the last.
describe('npm run demo:cluster', () => {
  let browser: Browser;
  let demo: Child;
  let port: number;
  let ann: ChatWindow;
  let bob: ChatWindow;

  const pidOf = (what: string, from = 0) => Number(new RegExp(`${what}.*process (\\d+)`).exec(demo.output.slice(from))?.[1]);
  const natsFolder = () => /-c\0([^\0]*\/)nats\.conf/.exec(readFileSync(`/proc/${pidOf('NATS:')}/cmdline`, 'utf8'))?.[1] ?? '';

  async function bothHear(from: ChatWindow, text: string): Promise<void> {
    await from.say(text);
    await Promise.all([ann.message(text).waitFor(), bob.message(text).waitFor()]);
  }

  async function listsBoth(): Promise<void> {
    await Promise.all([ann.person('Bob').waitFor(), bob.person('Ann').waitFor()]);
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    port = await freePort();
    demo = await startDemo({ PORT: String(port) }, /Ctrl-C ends everything/);
    ann = await ChatWindow.open(browser, port, 'Ann');
    bob = await ChatWindow.open(browser, port + 1, 'Bob');
  }, 600_000);

  afterAll(async () => {
    await browser?.close();
    await demo?.kill();
  });

  it('prints both addresses and what to try', () => {
    for (const text of [`http://localhost:${port},`, `http://localhost:${port + 1},`, 'NATS:    nats://127.0.0.1:', 'kill -9']) {
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

  it('leaves nothing behind when Ctrl-C ends it', async () => {
    const pids = [pidOf('chat-1 is back'), pidOf('chat-2:'), pidOf('NATS:')];
    const folder = natsFolder();
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    expect(existsSync(folder)).toBe(true);
    demo.signal('SIGINT');
    expect(await demo.exited).toEqual({ code: 0, signal: null });
    expect(pids.map(isRunning)).toEqual([false, false, false]);
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves nothing behind when it is killed itself', async () => {
    const other = await startDemo({ PORT: String(await freePort()) }, /Ctrl-C ends everything/);
    const pids = ['chat-1:', 'chat-2:', 'NATS:'].map((what) => Number(new RegExp(`${what}.*process (\\d+)`).exec(other.output)?.[1]));
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    other.signal('SIGKILL');
    await other.exited;
    await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, false, false]), { timeout: 10_000 });
  });
});

describe('npm run demo:cluster, where it cannot run, says so in one sentence', () => {
  it('a port is in use', async () => {
    const port = await freePort();
    const other = createServer().listen(port + 1, '127.0.0.1');
    await once(other, 'listening');
    const result = await runInVain({ PORT: String(port) });
    other.close();
    expect(result).toEqual({ lines: [`port ${port + 1} is in use: stop the other server or choose another port with PORT`], code: 1 });
  });

  it('PORT is none', async () => {
    const line = "PORT: expected a whole number from 1 to 65534 (the second process takes the next one), got 'http'.";
    expect(await runInVain({ PORT: 'http' })).toEqual({ lines: [line], code: 1 });
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
