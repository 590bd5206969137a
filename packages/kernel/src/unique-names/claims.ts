import type { Address } from '../identity/address.js';
import { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { deliver } from '../process/deliver.js';
import { type Peer, Replica } from '../replication/replica.js';
import type { Change } from '../replication/rows.js';
import { reportCluster } from '../reports.js';
import { Arbiter, type Decision } from './arbiter.js';
import { type ClaimMessage, isClaimOf } from './claim-message.js';
import { type Holds, rowOf } from './holds.js';
import { type Claim, LocalClaim, RegistrySays, Updated } from './local-claim.js';
import { Neighbours } from './neighbours.js';
import type { NameRegistry } from './registry.js';
import { decodeToken, encodeToken, type FencingToken, type Hold } from './token.js';

/** What became of a claim: the name is the process's, somebody else's, or nobody could say. */
export type Verdict = { readonly token: FencingToken } | { readonly holder: ProcessId } | 'ended' | 'unavailable';

/** A claim is given up after so long. */
export const CLAIM_TIMEOUT_MS = 10_000;
/** Nodes that see different nodes agree within a heartbeat or two. */
const RETRY_MS = 100;

/**
 * Sees claims through, unless a registry decides: all nodes that see the same nodes know the same arbiter for a name. A node that was given a name takes it only if it still sees the
 * same: whoever has come meanwhile may have been decided for by another arbiter. So while nodes see each other, a name has one
 * owner; those that do not see each other decide apart, and when they meet the later owner stays.
 */
export class NameReplica extends Replica {
  readonly #holds: Holds;
  readonly #waiting = new Map<number, { readonly name: string; readonly pid: ProcessId; resolve(verdict: Verdict): void }>();
  readonly #claims = new Map<number, Claim>();
  readonly #neighbours: Neighbours;
  readonly #arbiter: Arbiter;
  #registry: NameRegistry | null = null;
  #ids = 0;
  #retrying = false;
  #mismatchSaid = false;

  constructor(kernel: Kernel, holds: Holds) {
    super(kernel, 'rekindle.names', holds);
    this.#holds = holds;
    this.#neighbours = new Neighbours(kernel, this.peers);
    this.#arbiter = new Arbiter(holds, this.#neighbours);
    const { tell } = holds;
    holds.tell = (change) => {
      tell?.(change);
      if (change.type === 'remove') this.#released(change);
    };
  }

  /** From now on it decides, and no arbiter. On the gateway, before anybody claims a name. */
  useRegistry(registry: NameRegistry): void {
    this.#registry = registry;
  }

  /** The registry does not vouch for the name any more: its owner ends with `{ lease_lost: name }`. */
  forfeit(name: string, pid: ProcessId): void {
    deliver(this.pid.proc, new Updated(name, pid, null));
  }

  /** The registry vouches for the name with another token. */
  renewed(name: string, pid: ProcessId, token: FencingToken): void {
    deliver(this.pid.proc, new Updated(name, pid, token));
  }

  /** Asks for a name, for a process of this thread. */
  claim(name: string, pid: ProcessId): Promise<Verdict> {
    return new Promise((resolve) => {
      const id = ++this.#ids;
      this.#waiting.set(id, { name, pid, resolve });
      deliver(this.pid.proc, new LocalClaim(id, name, pid));
    });
  }

  protected override local(message: unknown): boolean {
    if (message instanceof LocalClaim) {
      const { id, name, pid } = message;
      if (this.isHub) this.#begin(this.pid, id, name, pid);
      else this.send(this.hub, { type: 'claim', from: this.pid, id, name, pid } satisfies ClaimMessage);
      return true;
    }
    if (message instanceof RegistrySays) {
      this.#registrySays(message);
      return true;
    }
    if (message instanceof Updated) {
      this.#update(message);
      return true;
    }
    if (message !== RETRY) return false;
    this.#retrying = false;
    this.#retry();
    return true;
  }

  protected override other(peer: Peer, message: object): void {
    const said = message as ClaimMessage;
    const isThread = peer.pid.at.sameNode(this.kernel.here);
    if (!this.isHub) {
      if (said.type === 'verdict') this.#verdict(said.id, said.token, said.holder);
      else if (said.type === 'forfeit') this.#holds.forfeit(said.name, said.pid);
      else if (said.type === 'renewed') this.#renew(said.name, said.pid, decodeToken(said.token));
    } else if (!isClaimOf(said, peer.pid, isThread)) return;
    else if (said.type === 'claim') this.#begin(peer.pid, said.id, said.name, said.pid);
    else if (said.type === 'ask') this.#asked(peer.pid, said);
    else if (said.type === 'answer') this.#answered(peer.pid, said);
    else if (said.type === 'recheck') this.#registry?.recheck(said.name);
    else if (said.type === 'forgo') this.#arbiter.heardOf(said.name, said.pid);
  }

  // ---------------------------------------------------------------- on the thread of the process

  #verdict(id: number, token: unknown, holder: unknown): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    const { name, pid, resolve } = waiting;
    const given = decodeToken(token);
    if (given === undefined) resolve(holder instanceof ProcessId ? { holder } : 'unavailable');
    // Others know already whose it is.
    else if (this.#holds.take(name, pid, given, false)) resolve({ token: given });
    else {
      this.#holds.tell?.({ type: 'remove', rows: [rowOf(name, { pid, token: given })] });
      resolve('ended');
    }
  }

  // ---------------------------------------------------------------- on the node of the process

  #begin(by: ProcessId, byId: number, name: string, pid: ProcessId): void {
    const deadline = this.kernel.host.now() + CLAIM_TIMEOUT_MS;
    const claim: Claim = { id: ++this.#ids, name, pid, deadline, by, byId, view: null, arbiter: null };
    this.#claims.set(claim.id, claim);
    this.#attempt(claim);
  }

  #attempt(claim: Claim): void {
    const { id, name, pid } = claim;
    const known = this.#holds.holder(name);
    if (known !== undefined) {
      this.#end(claim, { holder: known.pid });
      return;
    }
    if (this.kernel.host.now() >= claim.deadline) {
      this.#end(claim, 'unavailable');
      return;
    }
    if (this.#registry !== null) {
      claim.view = 'registry';
      void this.#registry.claim(name, pid).then((answer) => deliver(this.pid.proc, new RegistrySays(claim, answer)));
      return;
    }
    if (!this.#neighbours.areKnown) {
      this.#retryLater();
      return;
    }
    const { view } = this.#neighbours;
    const arbiter = this.#neighbours.hubOf(this.#neighbours.arbiterOf(name));
    claim.view = view;
    claim.arbiter = arbiter ?? null;
    if (arbiter === undefined) this.#decided(claim, this.#decide(name, pid, view));
    else this.send(arbiter, { type: 'ask', from: this.pid, id, name, pid, view } satisfies ClaimMessage);
  }

  #answered(from: ProcessId, { id, token, holder }: ClaimMessage & { readonly type: 'answer' }): void {
    const claim = this.#claims.get(id);
    const given = decodeToken(token);
    if (claim === undefined || claim.arbiter !== from) return;
    if (given !== undefined) this.#decided(claim, { token: given });
    else this.#decided(claim, holder instanceof ProcessId ? { holder } : null);
  }

  /** Null: to be asked again. */
  #decided(claim: Claim, decision: Decision): void {
    const { name, pid, view, arbiter } = claim;
    claim.view = null;
    claim.arbiter = null;
    if (decision === null) {
      if (this.kernel.host.now() >= claim.deadline) this.#end(claim, 'unavailable');
      else this.#retryLater();
    } else if ('holder' in decision) this.#end(claim, decision);
    else if (view !== this.#neighbours.view || this.#holds.holder(name) !== undefined) {
      this.#forgo(arbiter, name, pid);
      this.#attempt(claim);
    } else if (this.#take(claim, { pid, token: decision.token })) {
      this.#arbiter.heardOf(name, pid);
      this.#end(claim, decision);
    } else {
      this.#forgo(arbiter, name, pid);
      this.#end(claim, 'ended');
    }
  }

  /** From now on everybody who comes is told. False if the process has ended. */
  #take(claim: Claim, hold: Hold): boolean {
    if (claim.by === this.pid) return this.#holds.take(claim.name, claim.pid, hold.token);
    if (!this.peers.has(claim.by)) return false;
    const change: Change = { type: 'add', rows: [rowOf(claim.name, hold)] };
    this.apply(change);
    this.relay(change, (peer) => peer !== claim.by);
    return true;
  }

  #end(claim: Claim, verdict: Verdict): void {
    this.#claims.delete(claim.id);
    if (claim.by === this.pid) {
      this.#waiting.get(claim.byId)?.resolve(verdict);
      this.#waiting.delete(claim.byId);
      return;
    }
    const token = typeof verdict === 'object' && 'token' in verdict ? encodeToken(verdict.token) : null;
    const holder = typeof verdict === 'object' && 'holder' in verdict ? verdict.holder : null;
    this.send(claim.by, { type: 'verdict', from: this.pid, id: claim.byId, token, holder } satisfies ClaimMessage);
  }

  #forgo(arbiter: ProcessId | null, name: string, pid: ProcessId): void {
    if (arbiter === null) this.#arbiter.heardOf(name, pid);
    else if (this.peers.has(arbiter)) this.send(arbiter, { type: 'forgo', from: this.pid, name, pid } satisfies ClaimMessage);
  }

  // ---------------------------------------------------------------- the registry

  #registrySays({ claim, answer }: RegistrySays): void {
    const { name, pid } = claim;
    const isWanted = this.#claims.has(claim.id);
    claim.view = null;
    if (answer !== null && 'token' in answer) {
      if (isWanted && this.#take(claim, { pid, token: answer.token })) this.#end(claim, answer);
      else {
        this.#registry?.release(name, pid);
        if (isWanted) this.#end(claim, 'ended');
      }
      return;
    }
    if (!isWanted) return;
    if (answer !== null) {
      // Written down a moment ago, or forgotten there: that node knows.
      const holder = this.#neighbours.hubOf(answer.heldOn);
      if (holder !== undefined) this.send(holder, { type: 'recheck', from: this.pid, name } satisfies ClaimMessage);
    }
    if (this.kernel.host.now() >= claim.deadline) this.#end(claim, 'unavailable');
    else this.#retryLater();
  }

  #update({ name, pid, token }: Updated): void {
    if (pid.isLocal) {
      if (token === null) this.#holds.forfeit(name, pid);
      else this.#renew(name, pid, token);
      return;
    }
    for (const { pid: thread } of this.peers.values()) {
      if (thread.at !== pid.at) continue;
      const change = token === null ? { type: 'forfeit' as const } : { type: 'renewed' as const, token: encodeToken(token) };
      this.send(thread, { ...change, from: this.pid, name, pid } satisfies ClaimMessage);
    }
  }

  #renew(name: string, pid: ProcessId, token: FencingToken | undefined): void {
    if (token !== undefined) this.#holds.renew(name, pid, token);
  }

  #released({ rows }: Change): void {
    if (this.#registry !== null) for (const [name, [pid]] of rows) if (pid !== undefined) this.#registry.release(name, pid);
  }

  // ---------------------------------------------------------------- the arbiter

  #asked(from: ProcessId, { id, name, pid, view }: ClaimMessage & { readonly type: 'ask' }): void {
    if (this.#registry !== null) this.#sayMismatch(from);
    const decision = this.#decide(name, pid, view);
    const token = decision !== null && 'token' in decision ? encodeToken(decision.token) : null;
    const holder = decision !== null && 'holder' in decision ? decision.holder : null;
    this.send(from, { type: 'answer', from: this.pid, id, token, holder } satisfies ClaimMessage);
  }

  #decide(name: string, pid: ProcessId, view: string): Decision {
    return this.#registry === null ? this.#arbiter.decide(name, pid, view, this.kernel.host.wallTime()) : null;
  }

  #sayMismatch({ node }: ProcessId): void {
    if (this.#mismatchSaid) return;
    this.#mismatchSaid = true;
    const text = `cluster: node ${node} uses registry 'gossip' and this one 'kv': neither gives it names; set the same on all nodes`;
    reportCluster({ type: 'registry_mismatch', level: 'error', text });
  }

  // ---------------------------------------------------------------- who is there

  protected override peersChanged(): void {
    if (!this.isHub) return;
    for (const claim of this.#claims.values()) if (claim.arbiter !== null && !this.peers.has(claim.arbiter)) claim.view = null;
    this.#retry();
  }

  #retry(): void {
    for (const claim of [...this.#claims.values()]) {
      if (!this.peers.has(claim.by) && claim.by !== this.pid) this.#claims.delete(claim.id);
      else if (claim.view === null) this.#attempt(claim);
    }
  }

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.wakeAfter(RETRY_MS, RETRY);
  }

  protected override apply(change: Change): void {
    super.apply(change);
    if (!this.isHub) return;
    if (change.type === 'remove')
      this.#released({ ...change, rows: change.rows.filter(([, [pid]]) => pid?.at.sameNode(this.kernel.here)) });
    for (const [name, [pid]] of change.rows) this.#arbiter.heardOf(name, pid);
  }

  protected override lost(node: string, incarnation: number, thread: number, toThreads: boolean): void {
    if (this.#registry !== null && isOf(this.kernel.here, node, incarnation, -1)) {
      for (const [name, [pid]] of [...this.#holds.rows()]) {
        if (pid !== undefined && isOf(pid.at, node, incarnation, thread)) this.#registry.release(name, pid);
      }
    }
    super.lost(node, incarnation, thread, toThreads);
    this.#arbiter.lost((at) => isOf(at, node, incarnation, thread));
  }
}

const RETRY = Object.freeze({ type: 'retry' });

function isOf(at: Address, node: string, incarnation: number, thread: number): boolean {
  return at.node === node && at.incarnation === incarnation && (thread < 0 || at.thread === thread);
}
