import { type From, GenServer, noreply, type Ref, sleep, sys } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../support/world.js';

const world = useWorld();

/** Takes work only while it is open. */
class Shop extends GenServer<{ info: string }> {
  readonly log: string[] = [];
  isOpen = false;
  #waiting: From<string> | null = null;

  buy(what: string) {
    if (!this.isOpen) return this.stash();
    this.log.push(what);
    return `sold ${what}`;
  }
  async buySlowly(what: string) {
    await sleep(1);
    return this.buy(what);
  }
  open(): void {
    this.isOpen = true;
    this.unstashAll();
  }
  close(): void {
    this.isOpen = false;
  }
  hold() {
    this.#waiting = this.from<string>();
    return noreply(this.#waiting);
  }
  override handleInfo(message: string) {
    if (!this.isOpen) return this.stash();
    this.log.push(message);
    return;
  }
}

const logOf = async (ref: Ref<Shop>): Promise<readonly string[]> => (await sys.getState(ref)).log;

describe('stash', () => {
  it('puts calls, casts and messages aside until unstashAll, before what came later', async () => {
    const shop = await Shop.start();
    const apples = shop.call('buy', 'apples');
    shop.cast('buy', 'bread');
    shop.send('a note');
    const slow = shop.call('buySlowly', 'cheese');
    await world.pass(1);
    expect(await logOf(shop)).toEqual([]);
    shop.cast('open');
    shop.send('later');
    expect(await apples).toBe('sold apples');
    await world.pass(1);
    expect(await slow).toBe('sold cheese');
    expect(await logOf(shop)).toEqual(['apples', 'bread', 'a note', 'cheese', 'later']);
  });

  it('may put the same messages aside again, in order', async () => {
    const shop = await Shop.start();
    for (const what of ['a', 'b', 'c']) shop.cast('buy', what);
    shop.cast('open');
    shop.cast('close');
    shop.cast('buy', 'd');
    await world.quiet();
    expect(await logOf(shop)).toEqual(['a', 'b', 'c']);
    await shop.call('open');
    expect(await logOf(shop)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('leaves nothing behind: the callers fail when the process ends', async () => {
    const shop = await Shop.start();
    const failed = expect(shop.call('buy', 'x')).rejects.toMatchObject({ code: 'exit', reason: 'closed' });
    const other = expect(shop.call('buySlowly', 'y')).rejects.toMatchObject({ code: 'exit', reason: 'closed' });
    await world.pass(1);
    await Shop.stop(shop, 'closed');
    await Promise.all([failed, other]);
  });

  it('keeps stashed and suspended messages apart', async () => {
    const shop = await Shop.start();
    shop.cast('buy', 'a');
    await world.quiet();
    await sys.suspend(shop);
    shop.cast('buy', 'b');
    shop.cast('open');
    shop.cast('buy', 'c');
    await world.quiet();
    await sys.resume(shop);
    await world.quiet();
    expect(await logOf(shop)).toEqual(['a', 'b', 'c']);
  });

  it('does not count against a bound', async () => {
    const shop = await Shop.start(undefined, { mailbox: { max: 2, policy: 'crash' } });
    for (let i = 0; i < 5; i++) {
      shop.cast('buy', String(i));
      await world.quiet();
    }
    await shop.call('open');
    expect(await logOf(shop)).toEqual(['0', '1', '2', '3', '4']);
  });
});
