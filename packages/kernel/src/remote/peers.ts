import type { Client } from '../calls/request.js';
import type { ExitReason } from '../exit-reason.js';
import type { Address } from '../identity/address.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { RemoteName } from '../identity/remote-name.js';
import type { Proc, Watcher } from '../process/proc.js';
import { linkSignal } from '../process/signals.js';
import type { RemoteStart } from './remote-start.js';

/** Somebody over there monitors a process of this node. */
export interface RemoteWatcher {
  cancel(): void;
}

/** A monitor of a process over there. */
export interface RemoteMonitor extends Watcher {
  readonly id: number;
  readonly target: ProcessId | RemoteName | null;
}

/** Everything between this thread and one other: what has to end, once, when that other is gone. */
export class RemotePeers {
  /** Remote process -> the processes here that are linked to it. */
  readonly links = new Map<ProcessId, Set<Proc>>();
  /**
   * Unlinks not yet acknowledged: an exit signal or link that crosses one is dropped. Serial here -> remote process -> id. The
   * process here may have ended when the acknowledgement comes.
   */
  readonly unlinking = new Map<number, Map<ProcessId, number>>();
  readonly monitors = new Map<number, RemoteMonitor>();
  readonly watchers = new Map<number, RemoteWatcher>();
  readonly calls = new Map<number, Pick<Client, 'reply' | 'fail'>>();
  /** Calls from over there that are not answered yet. */
  readonly served = new Map<number, { forget(): void }>();
  /** Questions whether a process over there is alive. */
  readonly questions = new Map<number, (alive: boolean) => void>();
  readonly starts = new Map<number, RemoteStart>();
  /** Processes started for somebody over there, until their start is over. */
  readonly starting = new Map<number, Proc>();

  static of(address: Address): RemotePeers {
    return (address.peers ??= new RemotePeers());
  }

  addLink(here: Proc, there: ProcessId): void {
    let linked = this.links.get(there);
    if (linked === undefined) this.links.set(there, (linked = new Set()));
    linked.add(here);
  }

  removeLink(here: Proc, there: ProcessId): void {
    const linked = this.links.get(there);
    if (linked?.delete(here) === true && linked.size === 0) this.links.delete(there);
  }

  isUnlinking(here: number, there: ProcessId): boolean {
    return this.unlinking.get(here)?.has(there) === true;
  }

  startUnlinking(here: number, there: ProcessId, id: number): void {
    let ids = this.unlinking.get(here);
    if (ids === undefined) this.unlinking.set(here, (ids = new Map()));
    ids.set(there, id);
  }

  /** The other side has taken its half back, or, without `id`, is linked again. */
  endUnlinking(here: number, there: ProcessId, id?: number): void {
    const ids = this.unlinking.get(here);
    if (ids === undefined || (id !== undefined && ids.get(there) !== id)) return;
    ids.delete(there);
    if (ids.size === 0) this.unlinking.delete(here);
  }

  get isEmpty(): boolean {
    return [
      this.links,
      this.unlinking,
      this.monitors,
      this.watchers,
      this.calls,
      this.served,
      this.questions,
      this.starts,
      this.starting,
    ].every((t) => t.size === 0);
  }

  /** The other side is gone: links and monitors to it fire, calls and starts fail, and what it had here is forgotten. */
  lost(reason: ExitReason): void {
    for (const watcher of this.watchers.values()) watcher.cancel();
    this.watchers.clear();
    for (const request of this.served.values()) request.forget();
    this.served.clear();
    this.unlinking.clear();
    this.starting.clear();
    const links = [...this.links];
    this.links.clear();
    for (const [there, linked] of links) for (const here of linked) linkSignal(here, there, reason);
    const monitors = [...this.monitors.values()];
    this.monitors.clear();
    for (const monitor of monitors) monitor.fire(monitor.target as unknown as Pid, reason);
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const call of calls) call.fail('noconnection', reason);
    const questions = [...this.questions.values()];
    this.questions.clear();
    for (const answer of questions) answer(false);
    const starts = [...this.starts.values()];
    this.starts.clear();
    for (const start of starts) start.lost(reason);
  }
}
