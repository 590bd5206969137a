import { exit, type From, GenServer, noreply, type Pid, type Ref, register } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';

const world = useCluster(3);

/** Hands what it is asked on to a clerk, who answers in its place. */
class Desk extends GenServer {
  ask(clerk: Pid<unknown>) {
    const from = this.from<string>();
    clerk.send({ from });
    return noreply(from);
  }
}
register(Desk);

interface Errand {
  readonly from: From<string>;
}

describe.each([
  ['of the same thread as the server', 1],
  ['of a third thread', 2],
])('a From that is sent to a process %s', (_, clerkThread) => {
  let home: Member;
  let caller: Probe;
  let clerk: Probe;
  let desk: Ref<Desk>;

  beforeEach(async () => {
    const [first, second] = world.members as [Member, Member];
    home = second;
    caller = first.probe();
    clerk = (world.members[clerkThread] as Member).probe();
    desk = await caller.do((context) => context.start(Desk, undefined, { thread: 1 }));
  });

  function ask(timeoutMs = 5000): Promise<unknown> {
    const { pid } = clerk;
    const to = (world.members[0] as Member).see(pid);
    return caller.do((context) => context.call(desk.within(timeoutMs), 'ask', to).catch((error: unknown) => error));
  }

  it('answers the call once, and is forgotten', async () => {
    const answer = ask();
    const { from } = await clerk.next<Errand>();
    await clerk.do(() => {
      from.reply('first');
      from.reply('second');
    });
    expect(await answer).toBe('first');
    await world.cluster.quiet();
    expect(home.kernel.aliases.size).toBe(0);
  });

  it('can be sent on, and back to where it came from', async () => {
    const answer = ask();
    const { from } = await clerk.next<Errand>();
    const back = home.probe();
    const member = world.members[clerkThread] as Member;
    await clerk.do(() => member.see(back.pid).send({ from }));
    const errand = await back.next<Errand>();
    await back.do(() => errand.from.reply('from home'));
    expect(await answer).toBe('from home');
    await world.cluster.quiet();
    expect(home.kernel.aliases.size).toBe(0);
  });

  it('goes nowhere when the caller has given up', async () => {
    const answer = ask(10);
    const { from } = await clerk.next<Errand>();
    await world.cluster.pass(10);
    expect(await answer).toMatchObject({ code: 'timeout' });
    await world.cluster.quiet();
    expect(home.kernel.aliases.size).toBe(0);
    await clerk.do(() => from.reply('late'));
    await world.cluster.quiet();
  });

  it('is over when the server ends before the answer', async () => {
    const answer = ask();
    const { from } = await clerk.next<Errand>();
    exit(desk, 'kill');
    expect(await answer).toMatchObject({ code: 'exit', reason: 'killed' });
    await clerk.do(() => from.reply('late'));
    await world.cluster.quiet();
    expect(home.kernel.aliases.size).toBe(0);
  });
});
