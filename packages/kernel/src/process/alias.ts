import type { Kernel } from '../kernel.js';
import { deliver } from './deliver.js';
import { DEAD } from './flags.js';
import type { Monitor } from './monitors.js';
import { attach, detach, Owned } from './owned.js';
import type { Proc } from './proc.js';

/** When an alias ends by itself. `reply`: with the first message through it; the last two belong to a monitor. */
export type AliasMode = 'explicitUnalias' | 'reply' | 'demonitor' | 'replyDemonitor';

/**
 * Another address of a process, that can be switched off: messages sent to it afterwards are dropped. It can be sent to
 * other processes, wherever they run. OTP: `alias/1` and the `alias` option of `monitor/3`.
 */
export class Alias extends Owned {
  readonly id: number;
  readonly mode: AliasMode;
  readonly kernel: Kernel;
  readonly #monitor: Monitor | null;

  constructor(owner: Proc, mode: AliasMode, monitor: Monitor | null) {
    super();
    this.id = monitor?.id ?? owner.kernel.nextRef();
    this.mode = mode;
    this.kernel = owner.kernel;
    this.#monitor = monitor;
    attach(owner, this);
  }

  get active(): boolean {
    return this.owner !== null;
  }

  send(message: unknown): void {
    const { owner } = this;
    if (owner === null || (owner.flags & DEAD) !== 0) return;
    if (this.mode === 'reply') this.unalias();
    else if (this.mode === 'replyDemonitor') {
      this.unalias();
      this.#monitor?.cancel();
    }
    deliver(owner, message);
  }

  /** OTP: `unalias/1`: whether it was active. */
  unalias(): boolean {
    if (this.owner === null) return false;
    detach(this);
    this.release();
    return true;
  }

  /** Its monitor fired or was taken back. */
  monitorEnded(): void {
    if (this.mode !== 'explicitUnalias') this.unalias();
  }

  /** It is about to leave this thread: from now on messages from elsewhere find it. */
  publish(): void {
    if (this.active) this.kernel.aliases.set(this.id, this);
  }

  override release(): void {
    this.kernel.aliases.delete(this.id);
  }
}
