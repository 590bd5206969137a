import type { ProcessId } from '../identity/pid.js';
import type { FencingToken } from './token.js';

/** The name is the process's; or a process of that node has it, as far as is written; or it has to be asked again. */
export type RegistryAnswer = { readonly token: FencingToken } | { readonly heldOn: string } | null;

/** Decides about names in place of the nodes: a store that all of them use. On the gateway. */
export interface NameRegistry {
  /** For a process of this node. Never rejects. */
  claim(name: string, pid: ProcessId): Promise<RegistryAnswer>;
  /** The process was given the name, and does not have it any more. */
  release(name: string, pid: ProcessId): void;
  /** Another node has found the name written down for this node, and nobody here has it as far as it knows. */
  recheck(name: string): void;
}
