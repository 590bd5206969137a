import type { Restart } from '@rekindle/kernel';

export interface WorkerSpec {
  readonly id: string;
  readonly restart: Restart;
}
export interface TreeSpec extends WorkerSpec {
  readonly strategy: 'oneForOne' | 'oneForAll' | 'restForOne';
  readonly maxRestarts: number;
  readonly children: readonly (WorkerSpec | TreeSpec)[];
}

/** The kinds of reason that a restart decision can depend on. */
export type Cause = 'orderly' | 'abnormal';

interface Child {
  readonly spec: WorkerSpec | TreeSpec;
  /** Null while it does not run; for a worker an object without children. */
  running: Running | null;
}
interface Running {
  readonly children: Child[];
  restarts: number;
}

/**
 * What OTP's supervisors do about ends of their children, as a function of data: no processes, no time (all restarts fall
 * into one period).
 */
export class RestartModel {
  readonly #root: Child;
  /** How often each id was started. */
  readonly starts = new Map<string, number>();

  constructor(spec: TreeSpec) {
    this.#root = { spec, running: null };
    this.#start(this.#root);
  }

  get living(): string[] {
    return [...this.#below(this.#root)].filter((child) => child.running !== null).map(({ spec }) => spec.id);
  }

  /** The process with that id ends; nothing happens if it does not run. */
  end(id: string, cause: Cause): void {
    const path = this.#path(this.#root, id);
    if (path === null) return;
    const child = path.at(-1) as Child;
    if (child.running !== null) this.#ended(path, cause);
  }

  #ended(path: readonly Child[], cause: Cause): void {
    const child = path.at(-1) as Child;
    child.running = null;
    const above = path.slice(0, -1);
    const parent = above.at(-1);
    if (parent === undefined) return;
    const supervisor = parent.running as Running;
    const { restart } = child.spec;
    if (restart === 'temporary') remove(supervisor, child);
    else if (restart === 'permanent' || cause === 'abnormal') this.#restart(above, supervisor, child);
  }

  #restart(path: readonly Child[], supervisor: Running, child: Child): void {
    const { strategy, maxRestarts } = (path.at(-1) as Child).spec as TreeSpec;
    if (++supervisor.restarts > maxRestarts) {
      this.#ended(path, 'orderly'); // a supervisor that gives up ends with `shutdown`
      return;
    }
    const from = strategy === 'oneForAll' ? 0 : supervisor.children.indexOf(child);
    const group = strategy === 'oneForOne' ? [child] : supervisor.children.slice(from);
    for (const member of group) if (member.spec.restart === 'temporary') remove(supervisor, member);
    for (const member of group) if (member.spec.restart !== 'temporary') this.#start(member);
  }

  #start(child: Child): void {
    const { id } = child.spec;
    this.starts.set(id, (this.starts.get(id) ?? 0) + 1);
    const specs = 'children' in child.spec ? child.spec.children : [];
    child.running = { children: specs.map((spec) => ({ spec, running: null })), restarts: 0 };
    for (const below of child.running.children) this.#start(below);
  }

  *#below(child: Child): Generator<Child> {
    yield child;
    for (const next of child.running?.children ?? []) yield* this.#below(next);
  }

  #path(child: Child, id: string): Child[] | null {
    if (child.spec.id === id) return [child];
    for (const next of child.running?.children ?? []) {
      const path = this.#path(next, id);
      if (path !== null) return [child, ...path];
    }
    return null;
  }
}

function remove(supervisor: Running, child: Child): void {
  supervisor.children.splice(supervisor.children.indexOf(child), 1);
}
