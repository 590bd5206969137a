import { MisuseError } from '../errors.js';
import { type Pid, ProcessId } from '../identity/pid.js';
import type { MonitorRef } from '../messages.js';
import { current } from '../process/current.js';
import { attach, detach, Owned } from '../process/owned.js';
import { kernel } from '../runtime.js';

/** What a monitor of a group or scope gets. OTP: `{Ref, join | leave, Group, Pids}`. */
export interface GroupEvent {
  readonly type: 'join' | 'leave';
  readonly ref: MonitorRef;
  readonly group: string;
  readonly pids: readonly Pid[];
}

/** The groups one process is in; it may be in a group more than once. */
class Membership extends Owned {
  readonly scope: Scope;
  readonly pid: ProcessId;
  readonly groups: string[] = [];
  constructor(scope: Scope, pid: ProcessId) {
    super();
    this.scope = scope;
    this.pid = pid;
  }
  override release(): void {
    this.scope.ended(this);
  }
}

class GroupMonitor extends Owned implements MonitorRef {
  readonly id: number;
  readonly pid: ProcessId;
  /** Null: all groups of the scope. */
  readonly group: string | null;
  readonly #monitors: Set<GroupMonitor>;
  constructor(pid: ProcessId, group: string | null, monitors: Set<GroupMonitor>) {
    super();
    this.id = pid.at.kernel.nextRef();
    this.pid = pid;
    this.group = group;
    this.#monitors = monitors;
    if (!pid.proc.alive) return;
    monitors.add(this);
    attach(pid.proc, this);
  }
  override release(): void {
    this.#monitors.delete(this);
  }
}

/**
 * Process groups: named sets of processes, for finding all that offer something. A process can join a group more than once
 * and leaves all groups when it ends. OTP: `pg`.
 */
export class Scope {
  readonly #groups = new Map<string, ProcessId[]>();
  readonly #members = new Map<ProcessId, Membership>();
  readonly #monitors = new Set<GroupMonitor>();

  /** OTP: `pg:join/3`. A process that has ended joins and leaves at once. */
  join(group: string, pids: Pid | readonly Pid[]): void {
    const joining = list(pids);
    const alive = joining.filter((pid) => pid.proc.alive);
    const members = this.#groups.get(group) ?? [];
    for (const pid of alive) {
      let membership = this.#members.get(pid);
      if (membership === undefined) {
        membership = new Membership(this, pid);
        attach(pid.proc, membership);
        this.#members.set(pid, membership);
      }
      membership.groups.push(group);
      members.push(pid);
    }
    if (alive.length > 0) this.#groups.set(group, members);
    if (joining.length > 0) this.#notify('join', group, joining);
    for (const pid of joining) if (!pid.proc.alive) this.#notify('leave', group, [pid]);
  }

  /** Takes out what it can; `not_joined` if that was nothing. Monitors are told of all that were named. OTP: `pg:leave/3`. */
  leave(group: string, pids: Pid | readonly Pid[]): 'ok' | 'not_joined' {
    const leaving = list(pids);
    let left = 0;
    for (const pid of leaving) {
      const membership = this.#members.get(pid);
      const at = membership?.groups.indexOf(group) ?? -1;
      if (membership === undefined || at < 0) continue;
      membership.groups.splice(at, 1);
      if (membership.groups.length === 0) {
        detach(membership);
        this.#members.delete(pid);
      }
      this.#takeOut(group, pid);
      left++;
    }
    if (left === 0) return 'not_joined';
    this.#notify('leave', group, leaving);
    return 'ok';
  }

  /** The members on all nodes; a process that joined twice is there twice. */
  getMembers(group: string): Pid[] {
    return [...(this.#groups.get(group) ?? [])];
  }

  getLocalMembers(group: string): Pid[] {
    return (this.#groups.get(group) ?? []).filter((pid) => pid.isLocal);
  }

  /** The groups that have members. */
  whichGroups(): string[] {
    return [...this.#groups.keys()];
  }

  whichLocalGroups(): string[] {
    return [...this.#groups].filter(([, pids]) => pids.some((pid) => pid.isLocal)).map(([group]) => group);
  }

  /** Joins and leaves of a group are sent to the process (default: the running one) from now on; answers who is in it. */
  monitor(group: string, pid: Pid = self()): { ref: MonitorRef; pids: Pid[] } {
    return { ref: new GroupMonitor(one(pid), group, this.#monitors), pids: this.getMembers(group) };
  }

  monitorScope(pid: Pid = self()): { ref: MonitorRef; groups: Map<string, Pid[]> } {
    return {
      ref: new GroupMonitor(one(pid), null, this.#monitors),
      groups: new Map([...this.#groups].map(([group, pids]) => [group, [...pids]])),
    };
  }

  /** Whether the monitor was still there. */
  demonitor(ref: MonitorRef): boolean {
    const monitor = ref as GroupMonitor;
    if (!this.#monitors.delete(monitor)) return false;
    detach(monitor);
    return true;
  }

  /** @internal */
  ended(membership: Membership): void {
    this.#members.delete(membership.pid);
    for (const group of membership.groups) {
      this.#takeOut(group, membership.pid);
      this.#notify('leave', group, [membership.pid]);
    }
  }

  #takeOut(group: string, pid: ProcessId): void {
    const members = this.#groups.get(group) as ProcessId[];
    members.splice(members.indexOf(pid), 1);
    if (members.length === 0) this.#groups.delete(group);
  }

  #notify(type: 'join' | 'leave', group: string, pids: readonly ProcessId[]): void {
    for (const monitor of this.#monitors) {
      if (monitor.group === null || monitor.group === group) monitor.pid.send({ type, ref: monitor, group, pids } satisfies GroupEvent);
    }
  }
}

/** The node's own scope. OTP: scope `pg`. */
export function pg(): Scope {
  const here = kernel();
  here.groups ??= new Scope();
  return here.groups;
}

function one(pid: Pid): ProcessId {
  if (!(pid instanceof ProcessId) || !pid.isLocal) throw new MisuseError('badarg', `${String(pid)} is not a process of this node`);
  return pid;
}

function list(pids: Pid | readonly Pid[]): ProcessId[] {
  return (Array.isArray(pids) ? (pids as readonly Pid[]) : [pids as Pid]).map(one);
}

function self(): Pid {
  if (current === null) throw new MisuseError('no_process', 'no process is running here: give the pid as the last argument');
  return current.pid;
}
