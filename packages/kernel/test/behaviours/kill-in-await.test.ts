import { exit, GenServer, type Pid, type Ref, sleep, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Echo extends GenServer {
  echo(value: string): string {
    return value;
  }
}

interface Stage {
  readonly log: string[];
  readonly other: Pid;
  readonly echo: Ref<Echo>;
  readonly gate: Promise<void>;
}

/** Does everything a process can do to others once the gate opens, which the kernel knows nothing of. */
class Doomed extends GenServer<{ info: string }> {
  async act({ log, other, echo, gate }: Stage): Promise<void> {
    await gate;
    log.push('woken');
    this.send(other, 'send');
    this.sendSelf('sendSelf');
    this.sendAfter(1, 'sendAfter', other);
    this.sendInterval(1, 'sendInterval', other);
    this.cast(echo, 'echo', 'cast');
    void this.call(echo, 'echo', 'call').then(() => log.push('call settled'));
    void this.startLink(Echo).then(() => log.push('startLink settled'));
    void this.start(Echo).then(() => log.push('start settled'));
    this.spawn(() => other.send('spawn')).send('no error');
    this.spawnLink(() => other.send('spawnLink')).send('no error');
    this.spawnMonitor(() => other.send('spawnMonitor')).pid.send('no error');
    this.link(other);
    this.unlink(other);
    this.monitor(other);
    this.exit(other, 'boom');
    this.alias().send('alias');
    log.push(`signal aborted: ${this.signal.aborted}`);
    await this.call(echo, 'echo', 'call');
    log.push('never here');
  }
  async wait(log: string[], what: 'sleep' | 'call' | 'start', echo: Ref<Echo>): Promise<void> {
    try {
      if (what === 'sleep') await sleep(10);
      if (what === 'call') await this.call(echo, 'echo', 'x');
      if (what === 'start') await this.start(Echo);
      log.push('settled');
    } finally {
      log.push('finally');
    }
  }
  watch(seen: AbortSignal[]): Promise<void> {
    seen.push(this.signal);
    return new Promise(() => {});
  }
}

describe('kill of a process that is suspended in an await', () => {
  it('makes void what it does later through this', async () => {
    const other = new Probe();
    const echo = await Echo.start();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const log: string[] = [];
    const doomed = await Doomed.start();
    const failed = expect(doomed.call('act', { log, other: other.pid, echo, gate })).rejects.toMatchObject({ reason: 'killed' });
    await world.quiet();
    exit(doomed, 'kill');
    await failed;
    const started = world.kernel.started;
    open();
    await world.pass(100);
    expect(log).toEqual(['woken', 'signal aborted: true']);
    expect(await other.mail()).toEqual([]);
    expect(world.kernel.started).toBe(started);
    const { proc } = other.pid as unknown as { proc: { links: unknown; watchers: unknown } };
    expect([proc.links, proc.watchers]).toEqual([null, null]);
  });

  it('makes void what a plain process does later through its context', async () => {
    const other = new Probe();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const log: string[] = [];
    const pid = spawn(async (context) => {
      await gate;
      log.push('woken');
      context.send(other.pid, 'send');
      context.sendAfter(1, 'sendAfter', other.pid);
      context.exit(other.pid, 'boom');
      context.link(other.pid);
      context.spawn(() => other.pid.send('spawn'));
      await context.receive();
      log.push('never here');
    });
    await world.quiet();
    exit(pid, 'kill');
    open();
    await world.pass(10);
    expect(log).toEqual(['woken']);
    expect(await other.mail()).toEqual([]);
  });

  it.each(['sleep', 'call', 'start'] as const)('leaves the promise of a %s unsettled for ever', async (what) => {
    const log: string[] = [];
    const [doomed, echo] = [await Doomed.start(), await Echo.start()];
    doomed.cast('wait', log, what, echo);
    // The kill arrives in the same turn as the request, before anything can answer it.
    new Probe().tell((context) => context.exit(doomed, 'kill'));
    await world.pass(100);
    expect(log).toEqual([]);
  });

  it('leaves a receive unsettled, with and without a timeout', async () => {
    const log: unknown[] = [];
    for (const timeoutMs of [10, Number.POSITIVE_INFINITY]) {
      const pid = spawn(async (context) => {
        log.push(await context.after(timeoutMs).receive());
      });
      await world.quiet();
      exit(pid, 'kill');
      pid.send('late');
      await world.pass(100);
    }
    expect(log).toEqual([]);
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it('aborts its signal with the reason', async () => {
    const seen: AbortSignal[] = [];
    const doomed = await Doomed.start();
    doomed.cast('watch', seen);
    await world.quiet();
    const reasons: unknown[] = [];
    seen[0]?.addEventListener('abort', () => reasons.push(seen[0]?.reason));
    exit(doomed, 'kill');
    await world.quiet();
    expect(reasons).toEqual(['killed']);
  });

  it('takes its timers, monitors and links along', async () => {
    const other = new Probe();
    class Holder extends GenServer {
      async hold(pid: Pid): Promise<void> {
        this.sendAfter(1000, 'x' as never);
        this.monitor(pid);
        this.link(pid);
        this.unlink(pid);
        await sleep(5000);
      }
    }
    const holder = await Holder.start();
    holder.cast('hold', other.pid);
    await world.quiet();
    exit(holder, 'kill');
    await world.quiet();
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
    const { proc } = other.pid as unknown as { proc: { links: unknown; watchers: unknown } };
    expect([proc.links, proc.watchers]).toEqual([null, null]);
  });

  it('is not undone by a finally or catch of the handler', async () => {
    const log: string[] = [];
    class Clinging extends GenServer {
      async cling(gate: Promise<void>): Promise<string> {
        try {
          await gate;
          this.exit(this.self, 'again');
        } catch {
          log.push('caught');
        }
        return 'reply';
      }
    }
    let open = (): void => {};
    const clinging = await Clinging.start();
    const failed = expect(clinging.call('cling', new Promise<void>((resolve) => (open = resolve)))).rejects.toMatchObject({
      code: 'exit',
      reason: 'killed',
    });
    await world.quiet();
    exit(clinging, 'kill');
    open();
    await failed;
    await world.quiet();
    expect(log).toEqual([]);
  });
});
