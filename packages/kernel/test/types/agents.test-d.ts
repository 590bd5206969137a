// The functions of an agent know its state.
import { Agent, type Ref, supervise } from '@rekindle/kernel';
import { is } from './verbs.test-d.js';

export class Scores extends Agent<Map<string, number>> {
  override init(names: readonly string[]): Map<string, number> {
    return new Map(names.map((name) => [name, 0]));
  }
}

export async function agents(): Promise<void> {
  const counter = await Agent.startLink(() => 0);
  is<typeof counter, Ref<Agent<number>>>();
  const text = await Agent.get(counter, (n) => n.toFixed());
  is<typeof text, string>();
  const old = await Agent.getAndUpdate(counter, (n) => [n, n + 1]);
  is<typeof old, number>();
  // @ts-expect-error the state is a number
  await Agent.update(counter, (n) => `${n}`);
  // @ts-expect-error the state is a number
  Agent.cast(counter, (n) => n.length);
  // @ts-expect-error the state is a number
  await Agent.getAndUpdate(counter, (n) => [n, 'x']);
  const scores = await Scores.startLink(['a']);
  const score = await Agent.get(scores, (map) => map.get('a'));
  is<typeof score, number | undefined>();
  await Agent.update(Scores.at('scores'), (map) => map.set('a', 1));
  // @ts-expect-error init needs its argument
  await Scores.startLink();
  // @ts-expect-error wrong argument
  await Scores.startLink([1]);
  supervise({ children: [{ start: Scores, args: ['a'] }] });
  // @ts-expect-error init needs its argument
  supervise({ children: [Scores] });
  await Agent.get('by name', (n: number) => n);
}
