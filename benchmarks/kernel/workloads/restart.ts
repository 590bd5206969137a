import { type Context, GenServer, isAlive, type Pid, type Ref, Supervisor, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { percentile } from '../../harness/statistics.js';
import { inProcess } from '../in-process.js';
import { type Measured, rate, type Workload } from '../workload.js';

/** A fresh supervisor every so many restarts: the history that decides about the next restart stays short. */
const PER_SUPERVISOR = 100;

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

async function restartAll(context: Context<Started>, end: End, latencies: Float64Array): Promise<void> {
  let tree: Ref<Tree> | undefined;
  let child: Ref<Child> | undefined;
  for (let i = 0; i < latencies.length; i++) {
    if (i % PER_SUPERVISOR === 0) {
      if (tree !== undefined) replace(context, tree);
      tree = await context.startLink(Tree, { boss: context.self });
      ({ child } = await context.receive());
    }
    const before = child as Ref<Child>;
    const startedAt = performance.now();
    end(context, before);
    ({ child } = await context.receive());
    latencies[i] = performance.now() - startedAt;
    if (isAlive(before) || !isAlive(child)) throw new Error('the old child lives or the new one does not');
  }
  if (tree !== undefined) replace(context, tree);
}

function replace(context: Context<Started>, tree: Ref<Tree>): void {
  context.unlink(tree);
  context.exit(tree, 'shutdown');
}

function restarts(end: End): Workload {
  return {
    size: 150_000,
    warmUp: 15_000,
    run: (count) =>
      inProcess<Started, Measured>(async (context) => {
        const latencies = new Float64Array(count);
        const startedAt = performance.now();
        await restartAll(context, end, latencies);
        // Before the latencies are sorted, which is no part of the work.
        const result = rate(count, startedAt);
        if (!latencies.every((ms) => ms > 0)) throw new Error('a restart that took no time');
        return { ...result, p50Us: percentile(latencies, 0.5) * 1000, p99Us: percentile(latencies, 0.99) * 1000 };
      }),
  };
}

export const killed: Workload = restarts((context, child) => context.exit(child, 'kill'));
export const crashed: Workload = restarts((context, child) => context.cast(child, 'crash'));
