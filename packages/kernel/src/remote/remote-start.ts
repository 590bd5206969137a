import type { Starter } from '../behaviours/start.js';
import type { StartErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import { addLink } from '../process/links.js';
import type { Proc, Watcher } from '../process/proc.js';
import { addWatcher, removeWatcher } from '../process/watchers.js';
import { sendExit, sendExitOfLinked } from './outbound.js';
import { RemotePeers } from './peers.js';

/**
 * A start on another thread or node, seen from here. The child is linked to its parent from its first instant; the parent
 * learns the pid with the answer, and only then can hold its half. If it ended before, the child is told why.
 */
export class RemoteStart implements Watcher {
  readonly #starter: Starter;
  readonly #parent: Proc | null;
  #parentEnded: ExitReason | null = null;
  #abandoned = false;

  constructor(starter: Starter, parent: Proc | null) {
    this.#starter = starter;
    this.#parent = parent;
    if (parent !== null) addWatcher(parent, this);
  }

  /** The parent ended while its child was being started. */
  fire(_from: Pid, reason: ExitReason): void {
    this.#parentEnded = reason;
  }

  /** It takes too long: whatever comes of it is killed, and no link to it is kept. */
  abandon(): void {
    this.#abandoned = true;
  }

  started(child: ProcessId): void {
    this.#link(child);
    if (this.#abandoned) sendExit(child.at.kernel.nobody, child, 'kill');
    else this.#starter.started(child);
  }

  /** A child that answered `ignore` or failed ends at once; its exit signal follows the answer and finds the link. */
  ignored(child: ProcessId): void {
    this.#link(child);
    this.#starter.ignored();
  }

  failed(child: ProcessId | null, code: StartErrorCode, reason: unknown, holder: ProcessId | undefined): void {
    if (child === null) this.#unwatch();
    else this.#link(child);
    this.#starter.failed(code, reason, holder);
  }

  lost(reason: ExitReason): void {
    this.#unwatch();
    this.#starter.failed('noconnection', reason);
  }

  #unwatch(): void {
    if (this.#parent !== null && this.#parentEnded === null) removeWatcher(this.#parent, this);
  }

  #link(child: ProcessId): void {
    const parent = this.#parent;
    if (parent === null) return;
    this.#unwatch();
    if (this.#abandoned) return;
    if (this.#parentEnded !== null) {
      sendExitOfLinked(parent.pid, child, this.#parentEnded);
      return;
    }
    addLink(parent, child);
    RemotePeers.of(child.at).addLink(parent, child);
  }
}
