import { setImmediate as macrotask } from 'node:timers/promises';
import { type Attempt, Outbox } from '@rekindle/cluster/internal';
import { NotKept } from '@rekindle/pubsub/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../../kernel/test/support/property.js';

/** What a store would keep, each key once; answers and requests may be lost. */
class Store {
  readonly kept: string[] = [];
  fails: 'request' | 'answer' | null = null;
  down = false;

  async attempt(key: string): Promise<Attempt> {
    const lost = this.fails;
    this.fails = null;
    if (this.down || lost === 'request') {
      await macrotask();
      return null;
    }
    const duplicate = this.kept.includes(key);
    if (!duplicate) this.kept.push(key);
    await macrotask();
    return lost === 'answer' ? null : { position: this.kept.indexOf(key) + 1, duplicate };
  }
}

const publication = (key: string, bytes = 10) => ({ subject: 's', frame: new Uint8Array(bytes), key });

describe('Outbox', () => {
  it('has everything kept once and in order, while the connection comes and goes', async () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 5 }) }) },
      { weight: 4, arbitrary: fc.constant({ do: 'pass' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'cut' as const }) },
      { weight: 3, arbitrary: fc.constant({ do: 'open' as const }) },
      // The last request of a connection, or its answer, is lost with it.
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('cutWith' as const), lost: fc.constantFrom('request' as const, 'answer' as const) }),
      },
    );
    await check(300, fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const store = new Store();
      const outbox = new Outbox(
        ({ key }) => store.attempt(key),
        () => 0,
        1000,
      );
      const added: string[] = [];
      const answers: Promise<number>[] = [];
      const add = (): void => {
        added.push(`k${added.length}`);
        answers.push(outbox.add(publication(added.at(-1) as string)));
      };
      for (const next of steps) {
        if (next.do === 'add') for (let i = 0; i < next.count; i++) add();
        else if (next.do === 'pass') await macrotask();
        else if (next.do === 'open') {
          store.down = false;
          outbox.open();
        } else {
          if (next.do === 'cutWith') {
            store.fails = next.lost;
            add();
          }
          store.down = true;
          outbox.close();
        }
      }
      store.down = false;
      outbox.open();
      while (outbox.size > 0) {
        await macrotask();
        outbox.open();
      }
      expect(store.kept).toEqual(added);
      expect(await Promise.all(answers)).toEqual(added.map((_, i) => i + 1));
    });
  }, 60_000);

  it('says 0 for a key that was kept before', async () => {
    const store = new Store();
    const outbox = new Outbox(
      ({ key }) => store.attempt(key),
      () => 0,
      1000,
    );
    outbox.open();
    expect(await Promise.all([outbox.add(publication('a')), outbox.add(publication('b'))])).toEqual([1, 2]);
    expect(await outbox.add(publication('a'))).toBe(0);
  });

  it('refuses what is more than 16 MiB together, and gives up what was sent too long ago but not what was not', async () => {
    let now = 0;
    const store = new Store();
    store.down = true;
    const outbox = new Outbox(
      ({ key }) => store.attempt(key),
      () => now,
      1000,
    );
    outbox.open();
    const sent = outbox.add(publication('sent', 8 * 2 ** 20));
    const waiting = outbox.add(publication('waiting', 8 * 2 ** 20));
    await expect(outbox.add(publication('more'))).rejects.toMatchObject({ code: 'full' });
    await macrotask();
    await macrotask();
    outbox.close();
    now = 1001;
    outbox.expire();
    await expect(sent).rejects.toThrow(NotKept);
    await expect(sent).rejects.toMatchObject({ code: 'no_answer' });
    store.down = false;
    outbox.open();
    expect(await waiting).toBe(1);
  });
});
