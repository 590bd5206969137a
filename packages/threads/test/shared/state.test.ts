import type { Ref } from '@rekindle/kernel';
import { persistentTerm, SharedCounter, Table } from '@rekindle/threads';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hand } from '../fixtures/hand.mjs';
import { on, useHands } from '../support/hands.js';

const hands = useHands();
let a: Ref<Hand>;
let b: Ref<Hand>;
beforeAll(async () => {
  [a, b] = (await Promise.all([hands.node.hand(0), hands.node.hand(1)])) as [Ref<Hand>, Ref<Hand>];
});

describe('Table', () => {
  it('shows every thread what one has put, as soon as put has returned', async () => {
    await on(a, (_self, { threads }) => {
      const table = threads.Table.create('users');
      table.put('ada', { born: 1815, friends: new Set(['charles']) });
      table.put('alan', [1n, null]);
    });
    const seen = await on(b, (self, { threads }) => {
      const table = threads.Table.open('users');
      table.put('by b', self.self);
      return [table.get('ada'), table.get('alan'), table.get('nobody'), table.has('ada'), table.size];
    });
    expect(seen).toEqual([{ born: 1815, friends: new Set(['charles']) }, [1n, null], undefined, true, 3]);
    const table = Table.open<unknown>('users');
    expect(String(table.get('by b'))).toBe(String(b));
    expect(
      table
        .select('a')
        .map(([key]) => key)
        .sort(),
    ).toEqual(['ada', 'alan']);
    expect([table.putNew('ada', 1), table.putNew('new', 2)]).toEqual([false, true]);
    expect([table.delete('new'), table.delete('new'), table.get('new'), table.size]).toEqual([true, false, undefined, 3]);
  });

  it('grows, and keeps every value right', async () => {
    const wrong = await on(a, (_self, { threads }) => {
      const table = threads.Table.create<{ n: number; text: string }>('many');
      for (let n = 0; n < 5_000; n++) table.put(`key ${n}`, { n, text: 'x'.repeat(n % 300) });
      for (let n = 0; n < 5_000; n += 3) table.put(`key ${n}`, { n: -n, text: '' });
      for (let n = 1; n < 5_000; n += 3) table.delete(`key ${n}`);
      return table.size;
    });
    expect(wrong).toBe(3_333);
    const sum = await on(b, (_self, { threads }) => {
      const table = threads.Table.open<{ n: number; text: string }>('many');
      const wrong = [];
      for (let n = 0; n < 5_000; n++) {
        const value = table.get(`key ${n}`);
        const right = n % 3 === 0 ? value?.n === -n : n % 3 === 1 ? value === undefined : value?.n === n && value.text.length === n % 300;
        if (!right) wrong.push(n);
      }
      return [wrong, table.select('').length, table.select('key 49').length];
    });
    const begins = Array.from({ length: 5_000 }, (_, n) => n).filter((n) => n % 3 !== 1 && String(n).startsWith('49'));
    expect(sum).toEqual([[], 3_333, begins.length]);
  });

  it('ends with its owner, on any thread, and its name is free', async () => {
    const owner = await hands.node.hand(0);
    const table = await on(owner, (_self, { threads }) => {
      const table = threads.Table.create('short');
      table.put('k', 1);
      return table.name;
    }).then((name) => Table.open(name));
    expect(table.get('k')).toBe(1);
    await expect(on(b, (_self, { threads }) => void threads.Table.create('short'))).rejects.toMatchObject({ code: 'exit' });
    b = await hands.node.hand(1);
    await on(owner, (self) => self.exit(self.self, 'kill')).catch(() => {});
    await expect
      .poll(() => {
        try {
          return table.get('k');
        } catch (error) {
          return (error as { code: string }).code;
        }
      })
      .toBe('no_table');
    expect(() => table.put('k', 2)).toThrow(expect.objectContaining({ code: 'no_table' }));
    expect(() => Table.open('short')).toThrow(expect.objectContaining({ code: 'no_table' }));
    await on(b, (_self, { threads }) => void threads.Table.create('short'));
  });

  it('ends when the owner’s thread is killed', async () => {
    const owner = await hands.node.hand(1);
    await on(owner, (_self, { threads }) => void threads.Table.create('on a thread'));
    const table = Table.open('on a thread');
    hands.node.threads.kill(owner.thread);
    expect(() => table.get('k')).toThrow(expect.objectContaining({ code: 'no_table' }));
    await hands.node.until(() => hands.node.threads.running.length === 2);
    b = await hands.node.hand(1);
  });

  it('says when it is full, and loses nothing', async () => {
    const result = await on(a, (_self, { threads }) => {
      const table = threads.Table.create<string>('small', { maxBytes: 65_536 });
      const codes: unknown[] = [];
      for (let n = 0; n < 12; n++) {
        try {
          table.put(`k${n}`, 'x'.repeat(8_000));
        } catch (error) {
          codes.push((error as { code: string }).code);
        }
      }
      const kept = table.size;
      table.delete('k0');
      table.put('again', 'y'.repeat(8_000));
      return [[...new Set(codes)], kept + codes.length, table.get('again')?.length, table.get('k1')?.length];
    });
    expect(result).toEqual([['table_full'], 12, 8_000, 8_000]);
  });

  it('refuses bad input', () => {
    expect(() => Table.create('x')).toThrow(expect.objectContaining({ code: 'no_process' }));
    expect(() => Table.create('x', { maxBytes: 3 })).toThrow(/maxBytes: expected a whole number from 65,536 to 268,435,456, got 3/);
    expect(() => Table.open('users').get(3 as never)).toThrow(/expected a key of at most 4,096 characters, got number/);
    expect(() => Table.open('users').put('f', () => {})).toThrow(expect.objectContaining({ code: 'not_sendable' }));
  });
});

describe('persistentTerm', () => {
  it('gives the same object until it changes', async () => {
    persistentTerm.put('settings', { limit: 3 });
    const first = persistentTerm.get('settings');
    expect(first).toEqual({ limit: 3 });
    expect(persistentTerm.get('settings')).toBe(first);
    expect(
      await on(a, (_self, { threads }) => {
        const before = threads.persistentTerm.get('settings');
        const same = threads.persistentTerm.get('settings') === before;
        threads.persistentTerm.put('settings', { limit: 4 });
        return [before, same, threads.persistentTerm.get('settings')];
      }),
    ).toEqual([{ limit: 3 }, true, { limit: 4 }]);
    expect(persistentTerm.get('settings')).toEqual({ limit: 4 });
    expect([persistentTerm.erase('settings'), persistentTerm.erase('settings')]).toEqual([true, false]);
    expect([persistentTerm.get('settings'), persistentTerm.get('settings', 'none')]).toEqual([undefined, 'none']);
  });
});

describe('SharedCounter', () => {
  it('counts what all threads add', async () => {
    const counter = SharedCounter.open('visits');
    const add = (hand: Ref<Hand>): Promise<void> =>
      on(hand, (_self, { threads }) => {
        const counter = threads.SharedCounter.open('visits');
        for (let i = 0; i < 50_000; i++) counter.add();
        counter.add(-10);
      });
    await Promise.all([add(a), add(b), add(a)]);
    expect(counter.value).toBe(149_970);
    counter.value = 5;
    expect([counter.add(2), SharedCounter.open('visits').value, SharedCounter.open('other').value]).toEqual([7, 7, 0]);
    expect(() => counter.add(0.5)).toThrow(/expected a whole number, got 0.5/);
  });
});
