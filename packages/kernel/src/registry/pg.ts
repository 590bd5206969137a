import { MisuseError } from '../errors.js';
import type { Address } from '../identity/address.js';
import { type Pid, ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import type { MonitorRef } from '../messages.js';
import { current } from '../process/current.js';
import { deliver } from '../process/deliver.js';
import { attach, detach, Owned } from '../process/owned.js';
import type { Change, ReplicatedTable, Row } from '../replication/rows.js';
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

/** A row that other nodes get has so many members at most; a group may have more. */
const PIDS_PER_ROW = 1000;

/**
 * Process groups: named sets of processes, for finding all that offer something. A process can join a group more than once
 * and leaves all groups when it ends. Each thread joins and leaves its own processes, with immediate effect there; other threads
 * and nodes see it soon after, in the same order. Members of a thread or node that is gone leave with it. OTP: `pg`.
 */
export class Scope implements ReplicatedTable {
  /** Members everywhere. */
  readonly #groups = new Map<string, ProcessId[]>();
  /** Members elsewhere, by where they are. */
  readonly #elsewhere = new Map<Address, Map<string, ProcessId[]>>();
  /** @internal */
  tell: ((change: Change) => void) | null = null;
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
    if (alive.length > 0) this.tell?.({ type: 'add', rows: [[group, alive]] });
    if (joining.length > 0) this.#notify('join', group, joining);
    for (const pid of joining) if (!pid.proc.alive) this.#notify('leave', group, [pid]);
  }

  /** Takes out what it can; `not_joined` if that was nothing. Monitors are told of all that were named. OTP: `pg:leave/3`. */
  leave(group: string, pids: Pid | readonly Pid[]): 'ok' | 'not_joined' {
    const leaving = list(pids);
    const left: ProcessId[] = [];
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
      left.push(pid);
    }
    if (left.length === 0) return 'not_joined';
    this.tell?.({ type: 'remove', rows: [[group, left]] });
    this.#notify('leave', group, leaving);
    return 'ok';
  }

  /** The members on all nodes; a process that joined twice is there twice. */
  getMembers(group: string): Pid[] {
    return [...(this.#groups.get(group) ?? [])];
  }

  /** The members on this node, whatever their thread. */
  getLocalMembers(group: string): Pid[] {
    return (this.#groups.get(group) ?? []).filter(isOfThisNode);
  }

  /** The groups that have members. */
  whichGroups(): string[] {
    return [...this.#groups.keys()];
  }

  whichLocalGroups(): string[] {
    return [...this.#groups].filter(([, pids]) => pids.some(isOfThisNode)).map(([group]) => group);
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
      this.tell?.({ type: 'remove', rows: [[group, [membership.pid]]] });
      this.#notify('leave', group, [membership.pid]);
    }
  }

  // ---------------------------------------------------------------- members elsewhere

  /** @internal */
  *rows(): Iterable<Row> {
    for (const [group, pids] of this.#groups) {
      for (let at = 0; at < pids.length; at += PIDS_PER_ROW) yield [group, pids.slice(at, at + PIDS_PER_ROW)];
    }
  }

  /** @internal */
  add(rows: readonly Row[]): void {
    for (const [group, pids] of rows) {
      for (const pid of pids) {
        listOf(mapOf(this.#elsewhere, pid.at), group).push(pid);
        listOf(this.#groups, group).push(pid);
      }
      this.#notify('join', group, pids);
    }
  }

  /** @internal */
  remove(rows: readonly Row[]): void {
    for (const [group, pids] of rows) {
      const left = pids.filter((pid) => this.#forget(group, pid));
      for (const pid of left) this.#takeOut(group, pid);
      if (left.length > 0) this.#notify('leave', group, left);
    }
  }

  /** @internal */
  lost(gone: (at: Address) => boolean): void {
    for (const [at, groups] of this.#elsewhere) {
      if (!gone(at)) continue;
      this.#elsewhere.delete(at);
      for (const [group, pids] of groups) {
        for (const pid of pids) this.#takeOut(group, pid);
        this.#notify('leave', group, pids);
      }
    }
  }

  /** False if it was not known to be in the group. */
  #forget(group: string, pid: ProcessId): boolean {
    const groups = this.#elsewhere.get(pid.at);
    const pids = groups?.get(group);
    const at = pids?.indexOf(pid) ?? -1;
    if (groups === undefined || pids === undefined || at < 0) return false;
    pids.splice(at, 1);
    if (pids.length === 0) groups.delete(group);
    if (groups.size === 0) this.#elsewhere.delete(pid.at);
    return true;
  }

  #takeOut(group: string, pid: ProcessId): void {
    const members = this.#groups.get(group) as ProcessId[];
    members.splice(members.indexOf(pid), 1);
    if (members.length === 0) this.#groups.delete(group);
  }

  #notify(type: 'join' | 'leave', group: string, pids: readonly ProcessId[]): void {
    for (const monitor of this.#monitors) {
      if (monitor.group !== null && monitor.group !== group) continue;
      // As a DOWN, not as a message of a process: those are copied, and a reference to a monitor is of this thread alone.
      deliver(monitor.pid.proc, { type, ref: monitor, group, pids } satisfies GroupEvent);
    }
  }
}

function isOfThisNode(pid: ProcessId): boolean {
  return pid.at.sameNode(pid.at.kernel.here);
}

function mapOf<K>(maps: Map<K, Map<string, ProcessId[]>>, key: K): Map<string, ProcessId[]> {
  let map = maps.get(key);
  if (map === undefined) maps.set(key, (map = new Map()));
  return map;
}

function listOf(lists: Map<string, ProcessId[]>, key: string): ProcessId[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}

/** The groups that all threads of all nodes of the cluster share. OTP: scope `pg`. */
export function pg(): Scope {
  return groupsOf(kernel());
}

export function groupsOf(here: Kernel): Scope {
  here.groups ??= new Scope();
  return here.groups;
}

function one(pid: Pid): ProcessId {
  if (!(pid instanceof ProcessId) || !pid.isLocal) throw new MisuseError('badarg', `${String(pid)} is not a process of this thread`);
  return pid;
}

function list(pids: Pid | readonly Pid[]): ProcessId[] {
  return (Array.isArray(pids) ? (pids as readonly Pid[]) : [pids as Pid]).map(one);
}

function self(): Pid {
  if (current === null) throw new MisuseError('no_process', 'no process is running here: give the pid as the last argument');
  return current.pid;
}
