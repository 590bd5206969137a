import type { Address } from '../identity/address.js';
import type { Kernel } from '../kernel.js';
import type { From } from '../outcome.js';
import { current } from '../process/current.js';
import { DEAD } from '../process/flags.js';
import { sendAlias } from '../remote/outbound.js';
import type { Request } from './request.js';

// A `From` may be sent to another process, which answers in the server's place. Where it leaves its thread, a number stands
// for it: to other threads and nodes an answer is a message to an alias.

/** The home of a `From` that has been sent. Until it is answered, given up or failed, `kernel.aliases` knows it. */
export class SentFrom {
  readonly id: number;
  readonly request: Request;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, request: Request) {
    this.id = kernel.nextRef();
    this.request = request;
    this.#kernel = kernel;
    kernel.aliases.set(this.id, this);
  }

  send(value: unknown): void {
    this.request.reply(value);
  }

  end(): void {
    this.#kernel.aliases.delete(this.id);
  }
}

/** The `From` of a call that another thread or node is waiting for the answer of, or one of this thread that is over. */
export class RemoteFrom implements From<unknown> {
  readonly at: Address;
  readonly id: number;

  constructor(at: Address, id: number) {
    this.at = at;
    this.id = id;
  }

  reply(value: unknown): void {
    if (current !== null && (current.flags & DEAD) !== 0) return;
    if (this.at !== this.at.kernel.here) sendAlias(this, value);
  }
}
