import { DynamicSupervisor, GenServer, type Ref, Supervisor, supervise } from '@rekindle/kernel';
import { Account } from './example-bank.test-d.js';
import { Counter } from './example-counter.test-d.js';

export class Match extends GenServer {
  override init(args: { id: string; counter: Ref<Counter> }): void {
    args.counter.cast('add', 1);
  }
  score(): number {
    return 0;
  }
}
export class Matches extends DynamicSupervisor<Match> {}

export class Game extends Supervisor {
  override init(args: { start: number }) {
    return supervise({
      strategy: 'restForOne',
      maxRestarts: 5,
      maxSeconds: 10,
      children: [
        { start: Counter, args, name: 'counter', thread: 'spread' },
        { start: Matches, name: 'matches' },
      ],
    });
  }
}
export class Root extends Supervisor {
  override init() {
    return supervise({
      children: [
        Account,
        { start: Account, id: 'savings', args: { opening: 100 }, restart: 'transient' },
        { start: Game, args: { start: 0 }, shutdown: 'infinity' },
      ],
    });
  }
}
export const join = (counter: Ref<Counter>): Promise<Ref<Match>> =>
  Matches.startChild('matches', { start: Match, args: { id: 'm1', counter }, restart: 'temporary' });

export async function demo(): Promise<number> {
  await Root.startLink();
  const match = await join(Counter.at('counter'));
  return (await match.call('score')) + (await Counter.at('counter').call('value'));
}
