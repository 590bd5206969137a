import { type ExitReason, exit, GenServer, isAlive, type Pid, type Ref, Supervisor, supervise } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';
import { type Cause, RestartModel, type TreeSpec, type WorkerSpec } from '../support/restart-model.js';
import { World } from '../support/world.js';

/** Every process that was started, by id. */
type Seen = Map<string, Pid[]>;

function note(seen: Seen, id: string, pid: Pid): void {
  const pids = seen.get(id);
  if (pids === undefined) seen.set(id, [pid]);
  else pids.push(pid);
}

class Leaf extends GenServer {
  override init({ id, seen }: { id: string; seen: Seen }): void {
    note(seen, id, this.self);
  }
  end(reason: ExitReason): never {
    if (reason instanceof Error) throw reason;
    exit(reason);
  }
}
class Branch extends Supervisor {
  override init({ spec, seen }: { spec: TreeSpec; seen: Seen }) {
    note(seen, spec.id, this.self);
    const { strategy, maxRestarts } = spec;
    const children = spec.children.map((child) => {
      const { id, restart } = child;
      return 'children' in child
        ? { start: Branch, id, restart, args: { spec: child, seen } }
        : { start: Leaf, id, restart, args: { id, seen } };
    });
    return { strategy, maxRestarts, maxSeconds: 5, children };
  }
}

interface Crash {
  readonly target: number;
  readonly how: 'normal' | 'shutdown' | 'shutdownWhy' | 'error' | 'kill';
}

const restart = fc.constantFrom('permanent', 'transient', 'temporary');
const strategy = fc.constantFrom('oneForOne', 'oneForAll', 'restForOne');
const leaf = fc.record({ restart });
const branch = fc.record({ restart, strategy, maxRestarts: fc.nat({ max: 3 }), children: fc.array(leaf, { maxLength: 3 }) });
const root = fc.record({
  restart: fc.constant('permanent'),
  strategy,
  maxRestarts: fc.nat({ max: 4 }),
  children: fc.array(fc.oneof(leaf, branch), { minLength: 1, maxLength: 4 }),
});
const crash: fc.Arbitrary<Crash> = fc.record({
  target: fc.nat({ max: 20 }),
  how: fc.constantFrom('normal', 'shutdown', 'shutdownWhy', 'error', 'kill'),
});

/** Gives every process of a random tree an id: its place. */
function named(tree: object, id = 'r'): TreeSpec {
  const children = (tree as { children: object[] }).children.map((child, i) =>
    'children' in child ? named(child, `${id}.${i}`) : ({ ...child, id: `${id}.${i}` } as WorkerSpec),
  );
  return { ...tree, id, children } as unknown as TreeSpec;
}

function ids(spec: TreeSpec | WorkerSpec): string[] {
  return [spec.id, ...('children' in spec ? spec.children.flatMap(ids) : [])];
}

const REASONS: { [how in Exclude<Crash['how'], 'kill'>]: ExitReason } = {
  normal: 'normal',
  shutdown: 'shutdown',
  shutdownWhy: { shutdown: 'why' },
  error: new Error('boom'),
};

/** Ends the process in reality; supervisors end by `stop`, as they do not listen to strangers' signals. */
async function end(pid: Pid, isSupervisor: boolean, how: Crash['how']): Promise<void> {
  if (how === 'kill') exit(pid, 'kill');
  else if (isSupervisor) await GenServer.stop(pid, REASONS[how]);
  else (pid as Ref<Leaf>).cast('end', REASONS[how]);
}

describe('a supervision tree', () => {
  it('has those processes alive that the restart rules say, however its processes end', async () => {
    await check(300, fc.tuple(root, fc.array(crash, { maxLength: 12 })), async ([tree, crashes]) => {
      const world = new World();
      await world.open();
      try {
        const spec = named(tree);
        const seen: Seen = new Map();
        const all = ids(spec);
        const model = new RestartModel(spec);
        await Branch.start({ spec, seen });
        const living = (): string[] => [...seen].flatMap(([id, pids]) => pids.filter((pid) => isAlive(pid)).map(() => id)).sort();
        const starts = (): object => Object.fromEntries([...seen].map(([id, pids]) => [id, pids.length] as const).sort());
        for (const { target, how } of crashes) {
          const id = all[target % all.length] as string;
          const pid = seen.get(id)?.findLast((candidate) => isAlive(candidate));
          if (pid === undefined) continue;
          await end(pid, seenAsSupervisor(spec, id), how);
          await world.quiet();
          const cause: Cause = how === 'error' || how === 'kill' ? 'abnormal' : 'orderly';
          model.end(id, cause);
          expect(living()).toEqual(model.living.sort());
          expect(starts()).toEqual(Object.fromEntries([...model.starts].sort()));
        }
        const [top] = seen.get('r') as [Pid];
        exit(top, 'kill');
        await world.quiet();
        expect(world.alive).toBe(0);
      } finally {
        world.close();
      }
    });
  });
});

function seenAsSupervisor(spec: TreeSpec | WorkerSpec, id: string): boolean {
  if (spec.id === id) return 'children' in spec;
  return 'children' in spec && spec.children.some((child) => seenAsSupervisor(child, id));
}

describe('supervise', () => {
  it('answers what it was given', () => {
    expect(supervise({ maxRestarts: 1, children: [] })).toEqual({ maxRestarts: 1, children: [] });
  });
});
