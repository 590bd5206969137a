import { current } from '../process/current.js';
import { DEAD } from '../process/flags.js';
import { REMOTE } from '../process/proc.js';
import { sendMessage } from '../remote/outbound.js';
import type { Address } from './address.js';

/** Whoever has that name on another node when the signal arrives there: stands where a pid of another node could. */
export class RemoteName {
  readonly proc = REMOTE;
  /** The node's front, which looks the name up; an address that is down if the node is not known. */
  readonly at: Address;
  readonly name: string;

  constructor(at: Address, name: string) {
    this.at = at;
    this.name = name;
  }

  send(message: unknown): void {
    if (current === null || (current.flags & DEAD) === 0) sendMessage(this, message);
  }
}
