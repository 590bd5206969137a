import { EventHandler, EventManager, exit } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

interface Order {
  readonly to: number;
  readonly do: 'nothing' | 'crash' | 'remove' | 'swap';
}

let heard: string[] = [];

/** Notes all it hears; does what an event tells it, by its number. */
class Obeying extends EventHandler<Order> {
  #id = -1;
  override init(id: number): void {
    if (id < 0) exit('refused');
    this.#id = id;
  }
  override handleEvent({ to, do: what }: Order) {
    heard.push(`${this.#id} ${what}`);
    if (to !== this.#id) return;
    if (what === 'crash') exit('boom');
    if (what === 'remove') return this.remove();
    if (what === 'swap') return this.swap(named(this.#id + 100), this.#id + 100);
    return;
  }
  override terminate(): void {
    heard.push(`-${this.#id}`);
  }
}

function named(id: number): { readonly handler: typeof Obeying; readonly id: string } {
  return { handler: Obeying, id: String(id) };
}

type Op = { readonly op: 'add' | 'addBad' | 'delete' | 'swapIn' | 'crash' | 'remove' | 'swap' | 'nothing'; readonly id: number };
const op: fc.Arbitrary<Op> = fc.record({
  op: fc.constantFrom('add', 'add', 'add', 'addBad', 'delete', 'swapIn', 'crash', 'remove', 'swap', 'nothing'),
  id: fc.nat({ max: 5 }),
});

describe('an event manager', () => {
  it('has the handlers that a list would have, and calls them in its order', async () => {
    await check(200, fc.array(op, { maxLength: 25 }), async (ops) => {
      const world = new World();
      await world.open();
      const bus = await EventManager.start(undefined, { name: 'bus' });
      let model: number[] = [];
      for (const { op: what, id } of ops) {
        heard = [];
        const there = model.indexOf(id);
        let expected: string[] = [];
        if (what === 'add') {
          await EventManager.addHandler('bus', named(id), id);
          model = [id, ...model];
        } else if (what === 'addBad') {
          await expect(EventManager.addHandler('bus', named(id), -1)).rejects.toMatchObject({ code: 'init_failed' });
        } else if (what === 'delete') {
          const done = EventManager.deleteHandler('bus', named(id));
          if (there < 0) await expect(done).rejects.toMatchObject({ code: 'module_not_found' });
          else {
            await done;
            expected = [`-${id}`];
            model = model.filter((_, at) => at !== there);
          }
        } else if (what === 'swapIn') {
          await EventManager.swapHandler('bus', [named(id), undefined], [named(50), 50]);
          if (there >= 0) expected = [`-${id}`];
          model = [50, ...model.filter((_, at) => at !== there)];
        } else {
          // All handlers with that number obey.
          await EventManager.syncNotify('bus', { to: id, do: what });
          expected = model.flatMap((each) => [`${each} ${what}`, ...(each === id && what !== 'nothing' ? [`-${each}`] : [])]);
          if (what === 'swap') model = model.map((each) => (each === id ? id + 100 : each));
          else if (what !== 'nothing') model = model.filter((each) => each !== id);
        }
        expect(heard).toEqual(expected);
        expect((await EventManager.whichHandlers('bus')).map((handler) => Number(handler.id))).toEqual(model);
      }
      heard = [];
      await EventManager.stop(bus);
      expect(heard).toEqual(model.map((id) => `-${id}`));
      world.close();
    });
  });
});
