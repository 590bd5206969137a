import type { ExitReason } from '../exit-reason.js';
import type { Handle } from '../identity/handle.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { RemoteName } from '../identity/remote-name.js';
import { DownMessage, type MonitorRef } from '../messages.js';
import { sendDemonitor, sendMonitor } from '../remote/outbound.js';
import type { Alias } from './alias.js';
import { deliver } from './deliver.js';
import { DEAD, ELSEWHERE } from './flags.js';
import { keep } from './kept.js';
import { takeMatching } from './mailbox.js';
import { attach, detach, Owned } from './owned.js';
import { EMPTY, type Proc, type Watcher } from './proc.js';
import { addWatcher, removeWatcher } from './watchers.js';

/** One monitor: owned by who watches, known to who is watched. Its own reference. OTP: `erlang:monitor/3`. */
export class Monitor extends Owned implements Watcher, MonitorRef {
  readonly id: number;
  readonly target: ProcessId | RemoteName | null;
  readonly #tag: string;
  readonly #named: Handle | null;
  alias: Alias | null = null;

  constructor(id: number, target: ProcessId | RemoteName | null, tag: string, named: Handle | null) {
    super();
    this.id = id;
    this.target = target;
    this.#tag = tag;
    this.#named = named;
  }

  /** The process, or the name that was given. */
  get watched(): Pid | string {
    return this.#named === null ? (this.target as ProcessId) : this.#named.toString();
  }

  get active(): boolean {
    return this.owner !== null;
  }

  /** The watched process ended (or never was there). Fires once. */
  fire(from: Pid, reason: ExitReason): void {
    const { owner } = this;
    if (owner === null) return;
    detach(this);
    this.alias?.monitorEnded();
    deliver(owner, new DownMessage(this.#tag, this, this.#named ?? from, reason));
  }

  /** No DOWN from now on; false if it has fired or been taken back before. */
  cancel(): boolean {
    if (this.owner === null) return false;
    detach(this);
    this.alias?.monitorEnded();
    this.#forget();
    return true;
  }

  override release(): void {
    this.#forget();
  }

  #forget(): void {
    const { target } = this;
    if (target === null) return;
    if ((target.proc.flags & ELSEWHERE) !== 0) sendDemonitor(target.at, this);
    else if ((target.proc.flags & DEAD) === 0) removeWatcher(target.proc, this);
  }
}

/** Watches `target`, or what `named` means now. A process that is gone already fires at once, with `noproc`. */
export function monitor(owner: Proc, target: ProcessId | RemoteName | undefined, tag: string, named: Handle | null): Monitor {
  const set = new Monitor(owner.kernel.nextRef(), target ?? null, tag, named);
  attach(owner, set);
  if (target === undefined) set.fire(named as Handle, 'noproc');
  else watch(target, set);
  return set;
}

export function watch(target: ProcessId | RemoteName, set: Monitor): void {
  const { proc } = target;
  if ((proc.flags & ELSEWHERE) !== 0) sendMonitor(target, set);
  else if ((proc.flags & DEAD) !== 0) set.fire(target as ProcessId, 'noproc');
  else if (proc !== set.owner) addWatcher(proc, set);
  else detach(set); // as in OTP: the reference of a monitor of oneself is that of none
}

/** Removes a DOWN of that monitor that waits in the mailbox. */
export function flushDown(owner: Proc, ref: MonitorRef): boolean {
  return takeMatching(owner, (message) => message instanceof DownMessage && message.ref === ref) !== EMPTY;
}

keep(new Monitor(0, null, 'DOWN', null));
