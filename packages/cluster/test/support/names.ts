import { clusterName, type FencingToken, fencingToken, GenServer, type Pid, StartError } from '@rekindle/kernel';
import { installKernel, type ProcessId } from '@rekindle/kernel/internal';
import type { SimulatedNode } from './simulation.js';

// Unique names on simulated nodes.

class Owner extends GenServer {
  override init(): void {}
}

export type Outcome = { readonly owner: ProcessId } | { readonly code: string; readonly reason: unknown; readonly holder: Pid | undefined };

/** Starts a process under a cluster name; `outcome` is there when that is decided. */
export function claim(node: SimulatedNode, name: string): { outcome: Outcome | undefined } {
  installKernel(node.kernel);
  const result: { outcome: Outcome | undefined } = { outcome: undefined };
  Owner.start(undefined, { name: clusterName(name) }).then(
    (owner) => {
      result.outcome = { owner: owner as unknown as ProcessId };
    },
    (error: unknown) => {
      if (!(error instanceof StartError)) throw error;
      result.outcome = { code: error.code, reason: error.reason, holder: error.pid };
    },
  );
  return result;
}

export const ownerOf = ({ outcome }: { outcome: Outcome | undefined }): ProcessId => {
  if (outcome === undefined || !('owner' in outcome)) throw new Error(`no owner: ${JSON.stringify(outcome)}`);
  return outcome.owner;
};

export const place = (pid: Pid | undefined) => pid && `${pid.node}/${(pid as ProcessId).at.incarnation}/${pid.serial}`;

export function holder(node: SimulatedNode, name: string): string | undefined {
  installKernel(node.kernel);
  return place(node.kernel.whereis(clusterName(name)));
}

export function tokenOf(node: SimulatedNode, name: string): FencingToken {
  installKernel(node.kernel);
  return fencingToken(name) as FencingToken;
}
