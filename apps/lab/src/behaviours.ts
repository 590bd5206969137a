import {
  Application,
  defineApplication,
  EventHandler,
  EventManager,
  GenServer,
  PartitionSupervisor,
  partitioned,
  register,
  spawn,
  supervise,
  Task,
  TaskSupervisor,
} from 'rekindle';

/** One of several that share the work. */
export class Tally extends GenServer {
  #sum = 0;
  add(n: number): { readonly sum: number; readonly thread: number } {
    this.#sum += n;
    return { sum: this.#sum, thread: this.self.thread };
  }
}

export class Prices extends EventManager<number> {}

export class Highest extends EventHandler<number> {
  #highest = 0;
  override handleEvent(price: number): void {
    this.#highest = Math.max(this.#highest, price);
  }
  highest(): number {
    return this.#highest;
  }
}
register(Highest);

export class Greeter extends GenServer {
  #greeting = '';
  override init(greeting: string): void {
    this.#greeting = greeting;
  }
  greet(): string {
    return this.#greeting;
  }
}

export class Greetings extends Application<{ greeting?: string }> {
  static override readonly env = { greeting: 'LAB_GREETING' };
  override children({ greeting = 'Hello' }: { greeting?: string }) {
    return supervise({ children: [{ start: Greeter, name: 'greeter', args: greeting }] });
  }
}

/** What a process of some scheduler sees of the children, which are on all of them. */
async function tour(thread: number): Promise<unknown> {
  const tasks = await Promise.all(
    [1, 2, 3].map((n) => TaskSupervisor.async('tasks', (context) => ({ n, here: context.self.thread === thread }))),
  );
  const supervised = (await TaskSupervisor.children('tasks')).length;
  const results = await Task.awaitMany(tasks);
  const tallied = await Promise.all([0, 1, 2, 3, 4, 5].map((key) => Tally.at(PartitionSupervisor.via('tallies', key)).call('add', 1)));
  await EventManager.addHandler(Prices.at('prices'), Highest);
  for (const price of [3, 7, 5]) EventManager.notify(Prices.at('prices'), price);
  return {
    results,
    supervised: supervised <= 3,
    partitions: PartitionSupervisor.partitions('tallies'),
    sums: tallied.map(({ sum }) => sum),
    threads: new Set(tallied.map((tally) => tally.thread)).size,
    highest: await EventManager.call(Prices.at('prices'), Highest, 'highest'),
    last: await EventManager.deleteHandler(Prices.at('prices'), Highest),
    greeting: await Greeter.at('greeter').call('greet'),
  };
}

/** The kernel's behaviours as children of an application, used from whatever thread answers. */
export default defineApplication({
  children: [
    { start: TaskSupervisor, name: 'tasks' },
    { start: PartitionSupervisor, name: 'tallies', args: partitioned({ child: { start: Tally, thread: 'spread' }, partitions: 4 }) },
    { start: Prices, name: 'prices' },
    Greetings,
  ],
  endpoint: {
    http: () =>
      new Promise((resolve, reject) => {
        spawn((context) => tour(context.self.thread).then((seen) => resolve(Response.json(seen)), reject));
      }),
  },
});
