import { current } from '../process/current.js';
import { DEAD } from '../process/flags.js';
import { sendAlias } from '../remote/outbound.js';
import type { Address } from './address.js';

/** An alias of a process of another thread or node, or one of this thread that is no longer active. */
export class RemoteAlias {
  readonly at: Address;
  readonly id: number;

  constructor(at: Address, id: number) {
    this.at = at;
    this.id = id;
  }

  get active(): boolean {
    return this.at !== this.at.kernel.here && !this.at.down;
  }

  send(message: unknown): void {
    if (current !== null && (current.flags & DEAD) !== 0) return;
    if (this.at !== this.at.kernel.here) sendAlias(this, message);
  }

  /** Only its own process can switch an alias off. */
  unalias(): boolean {
    return false;
  }
}
