import { type AutoShutdown, type Ref, supervise } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { childPid, Tree, Worker } from '../support/tree.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

async function tree(autoShutdown: AutoShutdown): Promise<Ref<Tree>> {
  const log: string[] = [];
  const child = (id: string, significant: boolean) => ({
    start: Worker,
    id,
    args: { id, log },
    restart: 'transient' as const,
    significant,
  });
  const significant = autoShutdown !== 'never';
  return Tree.start(supervise({ autoShutdown, children: [child('a', significant), child('b', significant), child('c', false)] }));
}

async function end(supervisor: Ref<Tree>, id: string, reason: string): Promise<void> {
  ((await childPid(supervisor, id)) as Ref<Worker>).cast('crash', reason);
  await world.quiet();
}

describe('autoShutdown', () => {
  it('anySignificant ends the supervisor with the first significant child that ends', async () => {
    const ref = await tree('anySignificant');
    const ended = world.ended(ref);
    await end(ref, 'c', 'normal');
    await end(ref, 'a', 'normal');
    expect(await ended).toBe('shutdown');
    expect(world.alive).toBe(0);
  });

  it('allSignificant ends it with the last', async () => {
    const ref = await tree('allSignificant');
    const ended = world.ended(ref);
    await end(ref, 'a', 'normal');
    expect(await Tree.countChildren(ref)).toMatchObject({ active: 2 });
    await end(ref, 'b', 'shutdown');
    expect(await ended).toBe('shutdown');
  });

  it('never lets all of them end', async () => {
    const ref = await tree('never');
    for (const id of ['a', 'b', 'c']) await end(ref, id, 'normal');
    expect(await Tree.countChildren(ref)).toMatchObject({ specs: 3, active: 0 });
  });

  it('does not count an end that leads to a restart, or a stop by request', async () => {
    const ref = await tree('anySignificant');
    await end(ref, 'a', 'boom');
    await Tree.terminateChild(ref, 'b');
    expect(await Tree.countChildren(ref)).toMatchObject({ specs: 3, active: 2 });
  });
});
