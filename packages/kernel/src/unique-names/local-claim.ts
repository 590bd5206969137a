import type { ProcessId } from '../identity/pid.js';
import type { RegistryAnswer } from './registry.js';
import type { FencingToken } from './token.js';

// What a replica of names is told by its own thread. By their classes: nobody else can say it.

export class LocalClaim {
  readonly id: number;
  readonly name: string;
  readonly pid: ProcessId;
  constructor(id: number, name: string, pid: ProcessId) {
    this.id = id;
    this.name = name;
    this.pid = pid;
  }
}

/** What the registry has said to a claim. */
export class RegistrySays {
  readonly claim: Claim;
  readonly answer: RegistryAnswer;
  constructor(claim: Claim, answer: RegistryAnswer) {
    this.claim = claim;
    this.answer = answer;
  }
}

/** What the registry has to say of a name that a process of this node has: null if it does not vouch for it any more. */
export class Updated {
  readonly name: string;
  readonly pid: ProcessId;
  readonly token: FencingToken | null;
  constructor(name: string, pid: ProcessId, token: FencingToken | null) {
    this.name = name;
    this.pid = pid;
    this.token = token;
  }
}

/** A claim that a node has to see through. */
export interface Claim {
  readonly id: number;
  readonly name: string;
  readonly pid: ProcessId;
  readonly deadline: number;
  /** The thread that waits for the verdict, and its number for it. */
  readonly by: ProcessId;
  readonly byId: number;
  /** What was seen when the arbiter or the registry was asked; null while nobody is asked. */
  view: string | null;
  arbiter: ProcessId | null;
}
