import type { Kernel } from '../kernel.js';
import { Scope } from '../registry/pg.js';
import { NameReplica } from '../unique-names/claims.js';
import { Replica } from './replica.js';

const started = new WeakSet<Kernel>();

/**
 * Makes this thread's process groups and unique names those of its node and cluster; done once. To be called on the gateway first, and there before
 * anything comes from other nodes.
 */
export function startReplicas(kernel: Kernel): void {
  if (started.has(kernel)) return;
  started.add(kernel);
  kernel.groups ??= new Scope();
  new Replica(kernel, 'rekindle.pg', kernel.groups);
  kernel.uniqueNames.replica = new NameReplica(kernel, kernel.uniqueNames.holds);
}
