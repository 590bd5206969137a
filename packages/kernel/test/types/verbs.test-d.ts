// The verbs of servers and contexts keep the types of whom they address.
import { type Context, type Down, GenServer, type Pid, type Ref, type ReplyOf, send, sendAfter, spawn } from '@rekindle/kernel';
import { Counter } from './example-counter.test-d.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export const is = <A, B>(..._same: Equal<A, B> extends true ? [] : ['these types differ']): void => {};

export class Client extends GenServer<{ info: { type: 'tick' } | Down }> {
  async work(counter: Ref<Counter>, pong: Pid<{ type: 'pong' }>): Promise<number> {
    is<Awaited<ReturnType<typeof this.value>>, number>();
    const n = await this.call(counter, 'add', 1);
    is<typeof n, number>();
    // @ts-expect-error misspelled request
    await this.call(counter, 'ad', 1);
    // @ts-expect-error wrong argument
    this.cast(counter, 'add', '1');
    this.send(pong, { type: 'pong' });
    // @ts-expect-error wrong message
    this.send(pong, { type: 'ping' });
    this.sendAfter(1, { type: 'pong' }, pong);
    // @ts-expect-error wrong message for another process
    this.sendAfter(1, { type: 'ping' }, pong);
    this.send('by name', { any: 'thing' });
    send(pong, { type: 'pong' });
    // @ts-expect-error wrong message
    send(pong, { type: 'ping' });
    // @ts-expect-error wrong message
    sendAfter(1, pong, { type: 'ping' });
    const other = await this.startLink(Counter, { start: 1 });
    is<typeof other, Ref<Counter>>();
    // @ts-expect-error init needs its argument
    await this.startLink(Counter);
    const { pid, ref } = this.spawnMonitor<string>(async ({ receive }) => void (await receive()));
    is<typeof pid, Pid<string>>();
    this.demonitor(ref, { flush: true });
    return n;
  }
  private value(): number {
    return 1;
  }
  override handleInfo(message: { type: 'tick' } | Down): void {
    if (message.type === 'DOWN') void message.reason;
  }
}

type Ping = { type: 'ping'; n: number };
type Stop = { type: 'stop' };
export async function receiving(context: Context<Ping | Stop>): Promise<void> {
  const any = await context.receive();
  is<typeof any, Ping | Stop>();
  const ping = await context.receive('ping');
  is<typeof ping, Ping>();
  const either = await context.receive('ping', 'stop');
  is<typeof either, Ping | Stop>();
  const maybe = await context.after(10).receive('ping');
  is<typeof maybe, Ping | undefined>();
  const big = await context.receive((m): m is Ping => m.type === 'ping' && m.n > 10);
  is<typeof big, Ping>();
  const timed = await context.after(10).receive((m): m is Ping => m.type === 'ping');
  is<typeof timed, Ping | undefined>();
  const loose = await context.after(10).receive((m) => m.type.length > 3);
  is<typeof loose, Ping | Stop | undefined>();
  // @ts-expect-error no such message
  await context.receive('pong');
}

export const generator = spawn<Ping | Stop>(function* (context) {
  const ping = yield* context.receive('ping');
  is<typeof ping, Ping>();
  const maybe = yield* context.after(10).receive();
  is<typeof maybe, Ping | Stop | undefined>();
});

export const replies = (): void => {
  is<ReplyOf<Counter['slowValue']>, number>();
  is<ReplyOf<Counter['reset']>, void>();
};
