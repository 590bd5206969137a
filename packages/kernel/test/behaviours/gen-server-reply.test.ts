import { type From, GenServer, isAlive, noreply, type Ref, reply, sleep, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Desk extends GenServer<{ continue: string; info: string }> {
  readonly log: string[] = [];
  readonly #waiting: From<string>[] = [];

  wait() {
    const from = this.from<string>();
    this.#waiting.push(from);
    return noreply(from);
  }
  async waitAfterSleep() {
    const from = this.from<string>();
    await sleep(1);
    this.#waiting.push(from);
    return noreply(from);
  }
  serve(value: string): number {
    for (const from of this.#waiting) from.reply(value);
    return this.#waiting.length;
  }
  replyTwice() {
    const from = this.from<string>();
    from.reply('first');
    from.reply('second');
    return noreply(from);
  }
  replyAndReturn(): string {
    this.from<string>().reply('given');
    return 'returned';
  }
  throughSpawned() {
    const from = this.from<string>();
    this.spawn(() => from.reply('spawned'));
    return noreply(from);
  }
  handOver(clerk: Ref<Clerk>) {
    const from = this.from<string>();
    clerk.cast('answer', from);
    return noreply(from);
  }
  replyThenContinue() {
    return reply('replied', this.continue('after reply'));
  }
  noreplyThenContinue() {
    return noreply(this.from<string>(), this.continue('after noreply'));
  }
  justContinue() {
    this.#waiting.push(this.from<string>());
    return this.continue('just continue');
  }
  read(): string[] {
    return this.log;
  }
  fail(): void {
    throw new Error('boom');
  }
  override handleContinue(step: string): void {
    this.log.push(step);
  }
}
class Clerk extends GenServer {
  answer(from: From<string>): void {
    from.reply('from the clerk');
  }
}

describe('noreply', () => {
  it('leaves the caller waiting until somebody replies, while the server goes on', async () => {
    const desk = await Desk.start();
    const replies = [desk.call('wait'), desk.call('waitAfterSleep')];
    await world.pass(1);
    expect(await desk.call('serve', 'yes')).toBe(2);
    expect(await Promise.all(replies)).toEqual(['yes', 'yes']);
  });

  it('fails the caller when the server ends without replying', async () => {
    const desk = await Desk.start();
    const waiting = expect(desk.call('wait')).rejects.toMatchObject({ code: 'exit', reason: { message: 'boom' }, request: 'wait' });
    desk.cast('fail');
    await waiting;
  });

  it('lets the caller time out', async () => {
    const desk = await Desk.start();
    const waiting = expect(desk.within(10).call('wait')).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(10);
    await waiting;
    expect(await desk.call('serve', 'too late')).toBe(1);
    expect(isAlive(desk)).toBe(true);
  });

  it('keeps nothing of callers that gave up', async () => {
    const desk = await Desk.start();
    const caller = spawn(async (context) => {
      await context.call(desk, 'wait');
    });
    await world.quiet();
    new Probe().tell((context) => context.exit(caller, 'kill'));
    await world.quiet();
    const { proc } = desk as unknown as { proc: { watchers: unknown } };
    expect(proc.watchers).toBeNull();
    await desk.call('serve', 'nobody');
  });
});

describe('From', () => {
  it('counts the first answer only', async () => {
    const desk = await Desk.start();
    expect(await desk.call('replyTwice')).toBe('first');
    expect(await desk.call('replyAndReturn')).toBe('given');
  });

  it('may be answered by another process', async () => {
    const desk = await Desk.start();
    expect(await desk.call('throughSpawned')).toBe('spawned');
    expect(await desk.call('handOver', await Clerk.start())).toBe('from the clerk');
  });
});

describe('reply', () => {
  it('answers before the continuation runs', async () => {
    const desk = await Desk.start();
    expect(await desk.call('replyThenContinue')).toBe('replied');
    expect(await desk.call('read')).toEqual(['after reply']);
  });

  it('is left to others when a request returns only what to do next', async () => {
    const desk = await Desk.start();
    const [one, two] = [desk.call('noreplyThenContinue'), desk.call('justContinue')];
    expect(await desk.call('read')).toEqual(['after noreply', 'just continue']);
    await desk.call('serve', 'done');
    expect(await two).toBe('done');
    const failed = expect(one).rejects.toMatchObject({ code: 'exit', reason: 'normal' });
    await Desk.stop(desk);
    await failed;
  });
});
