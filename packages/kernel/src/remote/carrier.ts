import type { Address } from '../identity/address.js';
import type { Signal } from './signal.js';

/**
 * Takes signals to other threads and nodes. `send` neither blocks nor fails; what it cannot deliver it reports through
 * `Kernel.addressDown`, once, after which no signal of that address may be passed to the kernel.
 */
export interface Carrier {
  send(to: Address, signal: Signal): void;
}
