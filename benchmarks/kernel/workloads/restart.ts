import { type Context, GenServer, isAlive, type Pid, type Ref, Supervisor, type SupervisorSpec, spawn, supervise } from '@rekindle/kernel';
import { percentile } from '../../harness/statistics.js';
import { rate, type Workload } from '../workload.js';

/** A fresh supervisor every so many restarts: the history that decides about the next restart stays short. */
const PER_SUPERVISOR = 100;

/** Looked up once: the global is a getter. */
const clock = performance;

interface Started {
  readonly child: Ref<Child>;
}

class Child extends GenServer {
  override init({ boss }: { boss: Pid<Started> }): void {
    boss.send({ child: this.self });
  }

  crash(): void {
    throw new Error('boom');
  }
}

class Tree extends Supervisor {
  override init({ boss }: { boss: Pid<Started> }): SupervisorSpec {
    return supervise({ children: [{ start: Child, args: { boss } }], maxRestarts: 1_000_000_000, maxSeconds: 1 });
  }
}

type End = (context: Context<Started>, child: Ref<Child>) => void;

/** A generator process, which needs no promise per message. */
function* restartAll(context: Context<Started>, end: End, latencies: Float64Array, done: () => void): Generator<unknown, void, never> {
  const { receive } = context;
  let tree: Ref<Tree> | undefined;
  let child: Ref<Child> | undefined;
  for (let i = 0; i < latencies.length; i++) {
    if (i % PER_SUPERVISOR === 0) {
      if (tree !== undefined) replace(context, tree);
      tree = yield context.startLink(Tree, { boss: context.self });
      ({ child } = yield* receive());
    }
    const before = child as Ref<Child>;
    const startedAt = clock.now();
    end(context, before);
    ({ child } = yield* receive());
    latencies[i] = clock.now() - startedAt;
    if (isAlive(before) || !isAlive(child)) throw new Error('the old child lives or the new one does not');
  }
  if (tree !== undefined) replace(context, tree);
  done();
}

function replace(context: Context<Started>, tree: Ref<Tree>): void {
  context.unlink(tree);
  context.exit(tree, 'shutdown');
}

function restarts(end: End): Workload {
  return {
    size: 300_000,
    warmUp: 75_000,
    run: async (count) => {
      const latencies = new Float64Array(count);
      const startedAt = performance.now();
      await new Promise<void>((resolve) => {
        spawn<Started>((context) => restartAll(context, end, latencies, resolve));
      });
      // Before the latencies are sorted, which is no part of the work.
      const result = rate(count, startedAt);
      if (!latencies.every((ms) => ms > 0)) throw new Error('a restart that took no time');
      return { ...result, p50Us: percentile(latencies, 0.5) * 1000, p99Us: percentile(latencies, 0.99) * 1000 };
    },
  };
}

export const killed: Workload = restarts((context, child) => context.exit(child, 'kill'));
export const crashed: Workload = restarts((context, child) => context.cast(child, 'crash'));
