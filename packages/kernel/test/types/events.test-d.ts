// Events, handlers and their requests are typed.
import { EventHandler, EventManager } from '@rekindle/kernel';
import { is } from './verbs.test-d.js';

type Trade = { type: 'trade'; price: number };
export class Trades extends EventManager<Trade> {}

export class Last extends EventHandler<Trade> {
  #price = 0;
  override init(args: { first: number }): void {
    this.#price = args.first;
  }
  override handleEvent({ price }: Trade) {
    if (price < 0) return this.remove();
    this.#price = price;
    return;
  }
  price(): number {
    return this.#price;
  }
  done() {
    return this.remove(this.#price);
  }
}
export class Words extends EventHandler<string> {
  override handleEvent(text: string): void {
    void text.length;
  }
}

export async function events(): Promise<void> {
  const trades = await Trades.startLink();
  await EventManager.addHandler(trades, Last, { first: 1 });
  await EventManager.addHandler(trades, { handler: Last, id: 'second' }, { first: 1 });
  // @ts-expect-error init needs its argument
  await EventManager.addHandler(trades, Last);
  // @ts-expect-error wrong argument
  await EventManager.addHandler(trades, Last, { first: '1' });
  // @ts-expect-error it handles other events
  await EventManager.addHandler(trades, Words);
  EventManager.notify(trades, { type: 'trade', price: 1 });
  // @ts-expect-error no such event
  EventManager.notify(trades, { type: 'quote', price: 1 });
  // @ts-expect-error wrong price
  await EventManager.syncNotify(Trades.at('trades'), { type: 'trade', price: '1' });
  const price = await EventManager.call(trades, Last, 'price');
  is<typeof price, number>();
  const last = await EventManager.call(trades, Last, 'done');
  is<typeof last, number>();
  // @ts-expect-error no such request
  await EventManager.call(trades, Last, 'prize');
  // @ts-expect-error a callback is no request
  await EventManager.call(trades, Last, 'handleEvent', { type: 'trade', price: 1 });
  await EventManager.swapHandler(trades, [Last, 'enough'], [Last, { first: 2 }]);
}
