import { GenServer } from '@rekindle/kernel';

export class Counter extends GenServer<{ info: { type: 'tick' } }> {
  n = 0;
  override init({ start }: { start: number }): void {
    this.n = start;
  }

  /** Adds to the counter and answers the new value. */
  add(n: number): number {
    return (this.n += n);
  }
  value(): number {
    return this.n;
  }
  reset(): void {
    this.n = 0;
    this.sendAfter(1000, { type: 'tick' });
  }
  async slowValue(ms: number): Promise<number> {
    await new Promise((r) => setTimeout(r, ms));
    return this.value();
  }
  forgetful(): void {
    this.forget();
  }

  override handleInfo(_message: { type: 'tick' }): void {
    this.n++;
  }
  private forget(): void {
    this.n = Number.NaN;
  }
}

export async function demo(): Promise<number> {
  const counter = await Counter.startLink({ start: 1 }, { name: 'counter' });
  counter.cast('add', 1);
  await counter.call('add', 2);
  return Counter.at('counter').within(100).call('slowValue', 5);
}
