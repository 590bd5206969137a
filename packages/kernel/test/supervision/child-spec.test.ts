import { GenServer, MisuseError, type StartError, Supervisor, supervise } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Tree, Worker } from '../support/tree.js';
import { useWorld } from '../support/world.js';

useWorld();

class Plain extends GenServer {}
class Inner extends Supervisor {
  override init() {
    return supervise({ children: [] });
  }
}

/** The misuse that a supervisor with this spec refuses to start for. */
async function refusal(spec: object): Promise<MisuseError> {
  const error = await Tree.start(spec as never).then(
    () => expect.unreachable('started'),
    (e: unknown) => e as StartError,
  );
  expect(error.reason).toBeInstanceOf(MisuseError);
  return error.reason as MisuseError;
}

describe('a child spec', () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /expected a process class or \{ start, args, \.\.\. \}, got undefined/],
    ['a number', 7, /expected a process class or \{ start, args, \.\.\. \}, got 7/],
    ['another class', Date, /start: expected a process class, got Date/],
    ['a start function without an id', { start: () => undefined }, /a function that starts the child needs an id/],
    ['no start', { id: 'a' }, /start: expected a process class, got undefined/],
    ['an unknown option', { start: Plain, retsart: 'transient' }, /unknown option 'retsart', expected one of id, start, args/],
    ['a bad id', { start: Plain, id: 7 }, /id: expected a string, got 7/],
    ['an empty id', { start: Plain, id: '' }, /id: expected a string/],
    ['a bad restart', { start: Plain, restart: 'always' }, /restart: expected 'permanent', 'transient' or 'temporary', got always/],
    ['a bad shutdown', { start: Plain, shutdown: -1 }, /shutdown: expected milliseconds, 'brutalKill' or 'infinity', got -1/],
    ['a bad significant', { start: Plain, significant: 1 }, /significant: expected true or false, got 1/],
    [
      'significant alone',
      { start: Plain, significant: true, restart: 'transient' },
      /needs autoShutdown 'anySignificant' or 'allSignificant'/,
    ],
  ])('with %s is refused with what was expected', async (_what, child, message) => {
    const error = await refusal({ children: [child] });
    expect(error.code).toBe('bad_child_spec');
    expect(error.message).toMatch(message);
  });

  it('that is significant and permanent is refused', async () => {
    const error = await refusal({ autoShutdown: 'anySignificant', children: [{ start: Plain, significant: true }] });
    expect(error.message).toMatch(/a permanent child cannot be significant/);
  });

  it('with a bad name is refused', async () => {
    expect(await refusal({ children: [{ start: Plain, name: '' }] })).toMatchObject({ code: 'bad_name' });
  });

  it('needs an id of its own', async () => {
    expect((await refusal({ children: [Plain, Plain] })).message).toMatch(/two children have the id 'Plain'/);
  });

  it('takes its id from the name, else from the class', async () => {
    const ref = await Tree.start(
      supervise({ children: [Plain, { start: Plain, name: 'named' }, { start: Plain, name: 'other', id: 'given' }] }),
    );
    expect((await Tree.whichChildren(ref)).map(({ id }) => id)).toEqual(['Plain', 'named', 'given']);
  });

  it('of a supervisor defaults to type supervisor and shutdown infinity', async () => {
    const ref = await Tree.start(supervise({ children: [Inner, Plain] }));
    expect(await Tree.getChildSpec(ref, 'Inner')).toMatchObject({ type: 'supervisor', shutdown: 'infinity' });
    expect(await Tree.getChildSpec(ref, 'Plain')).toMatchObject({ type: 'worker', shutdown: 5000 });
  });
});

describe('the options of a supervisor', () => {
  it.each<[object, RegExp]>([
    [{ strategy: 'oneForNone', children: [] }, /strategy: expected 'oneForOne', .* got oneForNone/],
    [{ maxRestarts: -1, children: [] }, /maxRestarts: expected an integer from 0, got -1/],
    [{ maxRestarts: 1.5, children: [] }, /maxRestarts/],
    [{ maxSeconds: 0, children: [] }, /maxSeconds: expected seconds above 0, got 0/],
    [{ autoShutdown: 'always', children: [] }, /autoShutdown: expected/],
    [{ strategy: 'simpleOneForOne', children: [] }, /expected one child, the template, got 0/],
    [{ strategy: 'simpleOneForOne', children: [Plain, Worker] }, /expected one child, the template, got 2/],
    [{}, /expected supervise\(\{ children: \[\.\.\.\] \}\)/],
  ])('%o are refused with what was expected', async (spec, message) => {
    expect((await refusal(spec)).message).toMatch(message);
  });
});
