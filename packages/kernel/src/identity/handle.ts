import { callByPid, rejectCall } from '../calls/call.js';
import { castTo } from '../calls/cast.js';
import type { Kernel } from '../kernel.js';
import { current } from '../process/current.js';
import { DEAD } from '../process/flags.js';
import type { Name } from './name.js';
import { type Pid, ProcessId } from './pid.js';
import { RemoteName } from './remote-name.js';

/**
 * A reference by name (`Counter.at('counter')`), looked up at each use, or one with a call timeout of its own
 * (`ref.within(100)`).
 */
export class Handle implements Pid {
  readonly #kernel: Kernel;
  readonly target: ProcessId | Name;
  readonly timeoutMs: number | undefined;

  constructor(kernel: Kernel, target: ProcessId | Name, timeoutMs: number | undefined) {
    this.#kernel = kernel;
    this.target = target;
    this.timeoutMs = timeoutMs;
  }

  /** Who this means right now. */
  resolve(): ProcessId | RemoteName | undefined {
    return this.target instanceof ProcessId ? this.target : this.#kernel.resolve(this.target);
  }

  get node(): string {
    return this.resolve()?.at.node ?? this.#kernel.here.node;
  }
  get thread(): number {
    return this.#pid?.thread ?? -1;
  }
  get serial(): number {
    return this.#pid?.serial ?? -1;
  }

  get #pid(): ProcessId | undefined {
    const found = this.resolve();
    return found instanceof RemoteName ? undefined : found;
  }

  send(message: unknown): void {
    this.resolve()?.send(message);
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    const pid = this.resolve();
    return pid === undefined
      ? rejectCall(this.#kernel, current, 'noproc', name, describeTarget(this.target))
      : callByPid(current, pid, name, args, this.timeoutMs);
  }

  cast(name: string, ...args: unknown[]): void {
    if (current !== null && (current.flags & DEAD) !== 0) return;
    const pid = this.resolve();
    if (pid !== undefined) castTo(pid, name, args);
  }

  within(timeoutMs: number): Handle {
    return new Handle(this.#kernel, this.target, timeoutMs);
  }

  toString(): string {
    return this.target instanceof ProcessId ? this.target.toString() : `#Ref<${describeName(this.target)}>`;
  }
}

/** Who is meant, for an error: a name in quotes, or a pid. */
export function describeTarget(target: Pid | Name): string {
  const { target: of } = target instanceof Handle ? target : { target: target as ProcessId | Name };
  return of instanceof ProcessId ? of.toString() : `'${describeName(of)}'`;
}

export function describeName(name: Name): string {
  if (typeof name === 'string') return name;
  return 'via' in name ? `via ${name.key}` : `${name.name} on ${name.node}`;
}
