import {
  GenServer,
  isAlive,
  noreply,
  type Pid,
  StartError,
  Supervisor,
  type SupervisorSpec,
  sendAfter,
  spawn,
  supervise,
} from '@rekindle/kernel';
import {
  advance,
  assertReceive,
  assertReport,
  capturedReports,
  probe,
  refuteReceive,
  settled,
  startSupervised,
  stopSupervised,
  TestAssertionError,
  testPid,
  useVirtualTime,
} from '@rekindle/testing/vitest';
import { afterAll, describe, expect, it, vi } from 'vitest';

class Counter extends GenServer {
  n = 0;
  override init(args?: { start: number }): void {
    this.n = args?.start ?? 0;
    this.trapExit(true); // so that terminate runs
  }
  add(n: number): number {
    if (n < 0) throw new Error('negative');
    return (this.n += n);
  }
  tellLater(who: Pid, delayMs: number): void {
    this.sendAfter(delayMs, { type: 'tick' }, who);
  }
  never() {
    return noreply(this.from<number>());
  }
  override terminate(): void {
    ended.push(`counter ${this.n}`);
  }
}
class Family extends Supervisor {
  override init(): SupervisorSpec {
    return supervise({ children: [{ start: Counter, name: 'counter' }] });
  }
}

const ended: string[] = [];

describe('startSupervised', () => {
  it('answers a typed reference, and restarts what crashes', async () => {
    const counter = await startSupervised({ start: Counter, args: { start: 1 }, name: 'counter' });
    expect(await counter.call('add', 1)).toBe(2);
    await expect(counter.call('add', -1)).rejects.toThrow();
    await assertReport('crash', { name: 'counter' });
    expect(await Counter.at('counter').call('add', 1)).toBe(2);
  });

  it('rejects with what the start failed with', async () => {
    await startSupervised({ start: Counter, name: 'counter' });
    const failure = await startSupervised({ start: Counter, id: 'other', name: 'counter' }).catch((error: unknown) => error);
    expect(StartError.is(failure, 'already_started')).toBe(true);
  });

  it('starts trees', async () => {
    await startSupervised(Family);
    expect(await Counter.at('counter').call('add', 3)).toBe(3);
  });

  it('stops what is named by id, class or reference', async () => {
    const byRef = await startSupervised({ start: Counter, id: 'a' });
    await stopSupervised(byRef);
    await startSupervised(Counter);
    await stopSupervised(Counter);
    const byId = await startSupervised({ start: Counter, id: 'c' });
    await stopSupervised('c');
    expect([byRef, byId].map((ref) => isAlive(ref))).toEqual([false, false]);
    await expect(stopSupervised('c')).rejects.toThrow('child c: not found');
  });

  it('has ended everything, terminate included, before the next test', async () => {
    ended.length = 0;
    await startSupervised({ start: Counter, args: { start: 7 } });
  });
  afterAll(() => expect(ended.filter((line) => line === 'counter 7')).toEqual(['counter 7']));
});

describe('assertReceive', () => {
  it('takes the first message that fits and leaves the others', async () => {
    for (const n of [1, 2, 3]) testPid().send({ type: 'n', n });
    expect(await assertReceive({ n: 2 })).toEqual({ type: 'n', n: 2 });
    expect(await assertReceive({ type: 'n', n: (n: number) => n > 2 })).toEqual({ type: 'n', n: 3 });
    expect(await assertReceive({ type: /^n/, n: expect.any(Number) })).toEqual({ type: 'n', n: 1 });
  });

  it('waits for what is still on its way', async () => {
    const waiting = assertReceive('late');
    sendAfter(5, testPid(), 'late');
    expect(await waiting).toBe('late');
  });

  it('fails with mailbox, processes, what they did last, and reports', async () => {
    const counter = await startSupervised({ start: Counter, name: 'counter' });
    await counter.call('add', 5);
    await expect(counter.call('add', -1)).rejects.toThrow();
    await assertReport('supervisor');
    testPid().send({ type: 'other' });
    const failure: unknown = await assertReceive({ type: 'wanted' }, { timeoutMs: 1 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TestAssertionError);
    const { message } = failure as Error;
    expect(message).toMatch(
      /^expected test to receive { type: 'wanted' } within 1 ms, it did not\nMailbox of test:\n {2}{ type: 'other' }\n/,
    );
    expect(message).toMatch(/TestSupervisor \S+ waiting, 1 restarts\n(?:.*\n)*? +Counter 'counter' /);
    expect(message).toMatch(/Counter 'counter' \S+ crashed: .*negative.*, on call add\(-1\)/);
  });
});

describe('refuteReceive', () => {
  it('passes when nothing fits, and fails when something does', async () => {
    testPid().send('other');
    await refuteReceive('unwanted', { timeoutMs: 0 });
    spawn(async () => testPid().send('unwanted'));
    await expect(refuteReceive('unwanted', { timeoutMs: 0 })).rejects.toThrow(
      /expected test not to receive 'unwanted', it received 'unwanted'/,
    );
  });
});

describe('a probe', () => {
  it('hears what others send it, and of the ends of those it watches or is linked to', async () => {
    const watcher = probe<{ type: string }>('watcher');
    const counter = await startSupervised({ start: Counter, restart: 'temporary' });
    const ref = watcher.monitor(counter);
    watcher.link(counter);
    await counter.call('add', -1).catch(() => {});
    await assertReceive({ type: 'DOWN', ref }, { from: watcher });
    await assertReceive({ type: 'EXIT' }, { from: watcher });
    expect(watcher.taken).toHaveLength(2);
  });

  it('can be given to others in place of a server', async () => {
    const judge = probe('judge');
    spawn(async (context) => context.send(judge.pid, 'verdict?'));
    await assertReceive('verdict?', { from: judge });
    expect(judge.flush()).toEqual([]);
  });
});

describe('virtual time', () => {
  it('moves with advance alone, and fires what is due in order', async () => {
    await useVirtualTime();
    const counter = await startSupervised(Counter);
    for (const delayMs of [3_600_000, 1000, 2000]) counter.cast('tellLater', testPid(), delayMs);
    await advance(999);
    await refuteReceive({ type: 'tick' });
    await advance(1);
    await assertReceive({ type: 'tick' });
    await refuteReceive({ type: 'tick' });
    await advance(3_600_000);
    await assertReceive({ type: 'tick' });
    await assertReceive({ type: 'tick' });
  });

  it('lets calls time out', async () => {
    await useVirtualTime();
    const counter = await startSupervised(Counter);
    const outcome = counter.call('never').catch((error: unknown) => error);
    await advance(4999);
    const answered = vi.fn();
    void outcome.then(answered);
    await settled();
    expect(answered).not.toHaveBeenCalled();
    await advance(1);
    expect(await outcome).toMatchObject({ code: 'timeout' });
  });

  it('has to be asked for first', async () => {
    await startSupervised(Counter);
    await expect(useVirtualTime()).rejects.toThrow(/expected to be called before any process is started/);
    await expect(advance(1)).rejects.toThrow(/expected useVirtualTime\(\) at the start of the test/);
  });
});

describe('reports', () => {
  it('are captured, of this test alone', async () => {
    expect(capturedReports()).toEqual([]);
    const counter = await startSupervised(Counter);
    counter.cast('add', -1);
    await settled();
    expect(capturedReports().map(({ kind }) => kind)).toEqual(expect.arrayContaining(['progress', 'crash', 'supervisor']));
  });
});
