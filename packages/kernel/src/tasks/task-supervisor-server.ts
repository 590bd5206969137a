import type { ProcessId } from '../identity/pid.js';
import type { Proc } from '../process/proc.js';
import { link } from '../process/verbs.js';
import { type ChildSpec, childSpec, type Shutdown } from '../supervision/child-spec.js';
import { checkDynamicOptions, DynamicChildren } from '../supervision/dynamic-children.js';
import { SupervisorServer } from '../supervision/supervisor-server.js';

export type TakenTask = { readonly ok: true } | { readonly ok: false; readonly code: 'max_children' };

/** A dynamic supervisor that also takes tasks which were made elsewhere, possibly on another thread, and wait to run. */
export class TaskSupervisorServer extends SupervisorServer {
  #children: DynamicChildren | null = null;

  constructor(proc: Proc, Class: new () => { init(args: never): unknown }) {
    super(proc, Class, (options) => {
      this.#children = new DynamicChildren(proc, checkDynamicOptions(options));
      return this.#children;
    });
  }

  takeTask(pid: ProcessId, shutdown: Shutdown): TakenTask {
    const children = this.#children as DynamicChildren;
    if (children.isFull) return { ok: false, code: 'max_children' };
    children.adopt(pid, specOf(shutdown));
    link(this.proc, pid);
    return { ok: true };
  }
}

const specs = new Map<Shutdown, ChildSpec>();

/** One spec for all tasks that are stopped in the same way. */
function specOf(shutdown: Shutdown): ChildSpec {
  let spec = specs.get(shutdown);
  if (spec === undefined) {
    spec = childSpec({ id: 'task', start: notRestarted, restart: 'temporary', shutdown }, 'never');
    specs.set(shutdown, spec);
  }
  return spec;
}

function notRestarted(): undefined {
  return undefined;
}
