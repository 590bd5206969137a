// Every line under a @ts-expect-error must be an error. The numbers are those of the API note.
import {
  CallError,
  DynamicSupervisor,
  type From,
  GenServer,
  ignore,
  noreply,
  type Pid,
  type Ref,
  spawn,
  stop,
  supervise,
} from '@rekindle/kernel';
import { Account } from './example-bank.test-d.js';
import { Counter } from './example-counter.test-d.js';

export async function genServer(counter: Ref<Counter>, from: From<number>): Promise<void> {
  // @ts-expect-error M1 misspelled request
  await counter.call('ad', 2);
  // @ts-expect-error M2 wrong argument
  await counter.call('add', '2');
  // @ts-expect-error M3 missing argument
  await counter.call('add');
  // @ts-expect-error one argument too many
  await counter.call('add', 1, 2);
  // @ts-expect-error M4 private method
  counter.cast('forget');
  // @ts-expect-error callbacks are not requests
  await counter.call('init', { start: 1 });
  // @ts-expect-error fields are not requests
  await counter.call('n');
  // @ts-expect-error verbs are not requests
  await counter.call('send', counter, 1);
  // @ts-expect-error M5 init needs its argument
  await Counter.startLink();
  // @ts-expect-error M5b misspelled init argument
  await Counter.startLink({ strat: 1 });
  // @ts-expect-error and so does start
  await Counter.start();
  // @ts-expect-error misspelled option
  await Counter.start({ start: 1 }, { nmae: 'counter' });
  // @ts-expect-error wrong message
  counter.send({ type: 'tock' });
  // @ts-expect-error reply used as another type
  const text: string = await counter.call('value');
  // @ts-expect-error M6 deferred reply of the wrong type
  from.reply('late');
  // @ts-expect-error a reference to another class
  const account: Ref<Account> = counter;
  const adder: Ref<{ add(n: number): number }> = counter;
  const pid: Pid = counter;
  void [text, account, adder, pid];
}

class Each extends GenServer {
  each(f: (n: number) => void): void {
    f(1);
  }
}
export async function notSendable(each: Ref<Each>): Promise<void> {
  // @ts-expect-error M7 a function in a message
  each.cast('each', (n: number) => console.log(n));
}

export class Loader extends GenServer<{ continue: 'load' }> {
  override init() {
    // @ts-expect-error M8 unknown continuation
    return this.continue('laod');
  }
}
export class BadInit extends GenServer {
  // @ts-expect-error init answers nothing, what to do next, stop or ignore
  override init() {
    return 42;
  }
}
export class BadInfo extends GenServer<{ info: 'tick' }> {
  // @ts-expect-error it gets ticks, not tocks
  override handleInfo(_message: 'tock'): void {}
}
export class BadSelf extends GenServer<{ info: 'tick' }> {
  later(): void {
    this.sendSelf('tick');
    // @ts-expect-error its own messages are ticks
    this.sendSelf('tock');
    // @ts-expect-error also those of a timer
    this.sendAfter(1, 'tock');
    this.self.send('tick');
    // @ts-expect-error also through self
    this.self.send('tock');
  }
}

class Lazy extends GenServer {
  later() {
    const from = this.from<number>();
    return noreply(from);
  }
  end() {
    return stop('normal', 'bye');
  }
  fail() {
    return stop('broken');
  }
}
export const lazy = async (r: Ref<Lazy>): Promise<number> => r.call('later');
export const bye = async (r: Ref<Lazy>): Promise<string> => r.call('end');
export const never = async (r: Ref<Lazy>): Promise<never> => r.call('fail');

class Sub extends Counter {
  twice(): number {
    return this.add(this.n);
  }
  override init(args: { start: number; by: number }): void {
    super.init(args);
  }
}
abstract class Store<K, V> extends GenServer {
  protected map = new Map<K, V>();
  get(key: K): V | undefined {
    return this.map.get(key);
  }
  put(key: K, value: V): void {
    this.map.set(key, value);
  }
}
class Scores extends Store<string, number> {}
export async function subclasses(): Promise<void> {
  const sub = await Sub.startLink({ start: 1, by: 2 });
  const base: Ref<Counter> = sub;
  const n: number = await sub.call('twice');
  const scores = await Scores.startLink();
  const v: number | undefined = await scores.call('get', 'ann');
  // @ts-expect-error generic behaviours keep their arguments
  scores.cast('put', 'ann', '1');
  // @ts-expect-error a subclass's init argument
  await Sub.startLink({ start: 1 });
  // @ts-expect-error protected fields are no requests
  await scores.call('map');
  void [base, n, v];
}

class Maybe extends GenServer {
  override init(args: { run: boolean }) {
    return args.run ? undefined : ignore();
  }
  ping(): void {}
}
export async function ignoring(): Promise<void> {
  const maybe = await Maybe.start({ run: false });
  // @ts-expect-error it may not be there
  await maybe.call('ping');
  await maybe?.call('ping');
}

class Free extends GenServer {
  override init(args: unknown): void {
    void args;
  }
}
export const free = [Free.start(), Free.start(1), Free.start({ any: 'thing' })];

export const trees = [
  // @ts-expect-error M9 args of the wrong type
  supervise({ children: [Account, { start: Counter, args: { start: '0' } }] }),
  // @ts-expect-error M10 args missing
  supervise({ children: [{ start: Counter }] }),
  // @ts-expect-error M11 the bare class needs args
  supervise({ children: [Counter] }),
  // @ts-expect-error M12 misspelled option value
  supervise({ children: [{ start: Account, restart: 'transiend' }] }),
  // @ts-expect-error M13 misspelled option
  supervise({ children: [{ start: Account, retsart: 'transient' }] }),
  // @ts-expect-error M14 not a process
  supervise({ children: [Date] }),
  // @ts-expect-error misspelled option of the supervisor
  supervise({ stratgy: 'oneForOne', children: [] }),
  // @ts-expect-error misspelled strategy
  supervise({ strategy: 'oneForNone', children: [] }),
];

class Described extends GenServer {
  override toString(): string {
    return 'described';
  }
  name(): string {
    return this.toString();
  }
}
export async function described(ref: Ref<Described>): Promise<string> {
  // @ts-expect-error what every object has is no request
  await ref.call('toString');
  return ref.call('name');
}
export const bounded = supervise({
  children: [Account, { start: Counter, args: { start: 1 }, mailbox: { max: 10, policy: 'reject' } }],
});
export const mixed = [
  supervise({ children: [{ id: 'custom', start: () => Counter.startLink({ start: 1 }) }] }),
  supervise({
    children: [Account, { id: 'custom', start: () => Counter.startLink({ start: 1 }) }, { start: Counter, args: { start: 1 } }],
  }),
  supervise({ strategy: 'restForOne', children: [{ id: 'custom', start: async () => undefined, type: 'supervisor' }, Account] }),
];
const own = { id: 'custom', start: () => Account.startLink() };
export const wronglyMixed = [
  // @ts-expect-error args of the wrong type
  supervise({ children: [own, { start: Counter, args: { start: '0' } }] }),
  // @ts-expect-error args missing
  supervise({ children: [own, { start: Counter }] }),
  // @ts-expect-error the bare class needs args
  supervise({ children: [own, Counter] }),
  // @ts-expect-error a start function needs an id
  supervise({ children: [Account, { start: () => Account.startLink() }] }),
  // @ts-expect-error not a process
  supervise({ children: [own, Date] }),
  // @ts-expect-error misspelled option
  supervise({ children: [Account, { id: 'x', start: own.start, retsart: 'transient' }] }),
  // @ts-expect-error what is started is no process
  supervise({ children: [Account, { id: 'custom', start: () => 5 }] }),
];
export const wrongs = [
  // @ts-expect-error a start function needs an id
  supervise({ children: [{ start: () => Counter.startLink({ start: 1 }) }] }),
  // @ts-expect-error misspelled policy
  supervise({ children: [{ start: Account, mailbox: { max: 10, policy: 'drop' } }] }),
];
export class BadAfter extends GenServer<{ info: 'tick'; continue: 'load' }> {
  // @ts-expect-error a plain message has no reply
  override handleInfo(_message: 'tick' | { type: string }): number {
    return 1;
  }
  // @ts-expect-error nor has a continuation
  override async handleContinue(_step: 'load'): Promise<string> {
    return 'done';
  }
}

class Counters extends DynamicSupervisor<Counter> {}
// @ts-expect-error another class under a dynamic supervisor
export const child = () => Counters.startChild('counters', Account);
// @ts-expect-error its init argument
export const argless = () => Counters.startChild('counters', Counter);
export const typed = async (): Promise<Ref<Counter>> => Counters.startChild('counters', { start: Counter, args: { start: 1 } });

export function errors(e: unknown, ping: Pid<{ type: 'ping' }>): string {
  if (CallError.is(e, 'noproc')) {
    const code: 'noproc' = e.code;
    return code;
  }
  // @ts-expect-error M30 an error code that does not exist
  if (CallError.is(e, 'no_proc')) return '';
  // @ts-expect-error a process that takes other messages
  const pong: Pid<{ type: 'pong' }> = ping;
  spawn<{ type: 'ping' }>(async (context) => {
    // @ts-expect-error M31 waiting for a message that never comes
    await context.receive('pong');
  });
  return String(pong);
}
