import { isShutdown } from '../exit-reason.js';
import { checkName } from '../identity/name.js';
import type { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { groupsOf } from '../registry/pg.js';
import { rendezvous } from '../unique-names/rendezvous.js';

/** What an entity that was stopped because it had nothing to do ended for. Requests behind that have not been handled. */
export const PASSIVATED: { readonly shutdown: string } = Object.freeze({ shutdown: 'rekindle.passivated' });

export function isPassivated(reason: unknown): boolean {
  return isShutdown(reason) && reason.shutdown === PASSIVATED.shutdown;
}

/** The cluster name of the entity with that key. */
export function entityName(kind: string, key: string): string {
  const name = `${kind}/${key}`;
  checkName(name);
  return name;
}

/** The group of all processes that run entities of that kind. */
export function hostsGroup(kind: string): string {
  return `rekindle.entities/${kind}`;
}

/** Where an entity belongs, as this thread sees the cluster. Undefined while nobody is known who runs entities of that kind. */
export function homeOf(here: Kernel, kind: string, key: string): ProcessId | undefined {
  const hosts = groupsOf(here).getMembers(hostsGroup(kind)) as ProcessId[];
  return rendezvous(entityName(kind, key), hosts, ({ node, thread }) => `${node}/${thread}`);
}
