import { GenServer, type Ref, sys, type TraceMessage } from '@rekindle/kernel';
import { launch, Start } from '@rekindle/kernel/internal';
import { describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';

const world = useCluster(2);

class Odd extends GenServer<{ info: string }> {
  n = 1;
  odd = (): void => {};
  add(n: number): number {
    return (this.n += n);
  }
  override handleInfo(): void {
    this.n++;
  }
}

/** A server on the other member, as this one sees it. */
async function elsewhere(): Promise<Ref<Odd>> {
  const [here, there] = world.members as [Member, Member];
  const { pid } = launch(there.kernel, Odd, new Start(undefined, undefined, null), null, false);
  await world.cluster.quiet();
  return here.see(pid) as unknown as Ref<Odd>;
}

describe('sys of a process elsewhere', () => {
  it('reads and replaces its state, also when parts of it cannot be sent', async () => {
    const ref = await elsewhere();
    expect(await sys.getState(ref)).toEqual({ n: 1, odd: '[Function: odd]' });
    expect((await sys.replaceState(ref, { n: 5 })).n).toBe(5);
    expect(await ref.call('add', 1)).toBe(6);
    await expect(sys.replaceState(ref, { m: 1 } as never)).rejects.toMatchObject({ code: 'exit' });
    expect((await sys.getStatus(ref)).behaviour).toBe('Odd');
  });

  it('suspends, counts and traces it', async () => {
    const ref = await elsewhere();
    const tracer = (world.members[0] as Member).probe();
    await sys.statistics(ref, true);
    await sys.trace(ref, tracer.pid);
    await sys.suspend(ref);
    const sum = ref.call('add', 1);
    ref.send('x');
    await world.cluster.quiet();
    expect((await sys.getState(ref)).n).toBe(1);
    await sys.resume(ref);
    expect(await sum).toBe(2);
    expect(await sys.statistics(ref, 'get')).toMatchObject({ messagesIn: 2, messagesOut: 1 });
    await world.cluster.quiet();
    const mail = (await tracer.mail()) as TraceMessage[];
    expect(mail.map(({ event }) => event.event)).toEqual(['in', 'out', 'state', 'in', 'state']);
    expect(mail[2]?.event).toEqual({ event: 'state', state: { n: 2, odd: '[Function: odd]' } });
  });
});
