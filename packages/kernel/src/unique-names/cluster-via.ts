import { MisuseError } from '../errors.js';
import { checkName, type Name, type Via } from '../identity/name.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import { kernel } from '../runtime.js';
import type { FencingToken } from './token.js';

/** Resolves names in the kernel that runs, whichever that is: so it may travel between threads and nodes. */
export class ClusterVia implements Via {
  whereisName(name: string): Pid | undefined {
    return kernel().uniqueNames.holds.holder(name)?.pid;
  }

  registerName(name: string): boolean {
    throw new MisuseError(
      'badarg',
      `'${name}': a cluster name takes time to get; give it to a server that is started, startLink(args, { name: clusterName('${name}') })`,
    );
  }

  claimName(name: string, pid: Pid): Promise<Pid | undefined> {
    return (pid as ProcessId).at.kernel.uniqueNames.claim(name, pid as ProcessId);
  }

  unregisterName(name: string): void {
    kernel().uniqueNames.holds.giveUp(name);
  }
}

export const clusterVia: ClusterVia = new ClusterVia();

/**
 * A name that one process of the whole cluster has: `Leader.start(args, { name: clusterName('leader') })`, then anywhere
 * `Leader.at(clusterName('leader'))`. Starting a second one fails with `already_started`, as with any name; if the nodes do not
 * agree within 10 s on who is there, with `init_failed` for the reason `{ name_unavailable: name }`. Looking a name up costs no
 * message, and may be out of date by as much as a message takes.
 *
 * While nodes reach each other a name has one owner. Nodes that do not reach each other decide apart, and both may give the name
 * away; when they meet, the owner that came later stays, and the other one ends with `{ name_conflict: name, winner: pid }`,
 * trapping exits or not. With the cluster's `registry: 'kv'` only those get names who reach JetStream, and owners on a node that has
 * not reached it for a while end with `{ lease_lost: name }`. Only `fencingToken` keeps the effects of an earlier owner out for sure.
 * OTP: `{global, Name}`.
 */
export function clusterName(name: string): Name {
  checkName(name);
  return { via: clusterVia, key: name };
}

/**
 * Of whoever has the name now, as far as this thread knows: it grows from owner to owner, and may grow while somebody has the name.
 * Undefined if nobody has it.
 */
export function fencingToken(name: string): FencingToken | undefined {
  return kernel().uniqueNames.holds.holder(name)?.token;
}

/** The cluster names that somebody has. OTP: `global:registered_names/0`. */
export function clusterNames(): string[] {
  return kernel().uniqueNames.holds.names();
}
