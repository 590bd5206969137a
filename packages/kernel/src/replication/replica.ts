import type { Context } from '../behaviours/context.js';
import { spawnPlain } from '../behaviours/spawn.js';
import type { Address } from '../identity/address.js';
import { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { deliver } from '../process/deliver.js';
import type { Proc } from '../process/proc.js';
import type { NodeUp } from '../remote/nodes.js';
import { reportStrayError } from '../reports.js';
import { Timer } from '../timers/timer.js';
import { areRows, type Change, type ReplicatedTable, type Row } from './rows.js';

/** What replicas of a table say to each other. They know their order: between two processes signals keep it. */
type ReplicaMessage =
  /** I am here: tell me what you have. */
  | { readonly type: 'discover'; readonly from: ProcessId }
  /** What there was before has been said. */
  | { readonly type: 'introduced'; readonly from: ProcessId }
  | { readonly type: 'change'; readonly from: ProcessId; readonly change: Change['type']; readonly rows: readonly Row[] }
  /** A thread (-1: the whole node) is gone. */
  | {
      readonly type: 'lost';
      readonly from: ProcessId;
      readonly node: string;
      readonly incarnation: number;
      readonly thread: number;
    };

const ALL_THREADS = -1;
/** A node that comes up hears of all rows in messages of so many. */
const ROWS_PER_MESSAGE = 1000;
/** To itself, by identity: nobody else can say it. */
const FLUSH = Object.freeze({ type: 'flush' });

export interface Peer {
  readonly pid: ProcessId;
  /** All it had when we met has been received. */
  introduced: boolean;
}

/**
 * Keeps this thread's copy of a table in step with the others, as OTP's `pg` does between nodes: each side discovers the other
 * when it comes up, monitors it, says everything once and then each change. Nothing has to be repaired: what a signal loses
 * between nodes comes with a DOWN, at which the other's rows go. Within a node threads hear from their gateway only; gateways
 * talk to each other.
 */
export class Replica {
  readonly #table: ReplicatedTable;
  readonly #name: string;
  protected readonly kernel: Kernel;
  protected readonly peers = new Map<ProcessId, Peer>();
  #context!: Context<unknown>;
  /** The gateway's replica. */
  protected hub!: ProcessId;
  #pending: Change[] = [];
  readonly pid: ProcessId;

  constructor(kernel: Kernel, name: string, table: ReplicatedTable) {
    this.kernel = kernel;
    this.#name = name;
    this.#table = table;
    const replica = this;
    const { pid } = spawnPlain<unknown>(
      kernel,
      null,
      function* (context) {
        replica.#start(context);
        for (;;) {
          const message = yield* context.receive();
          try {
            replica.#handle(message);
          } catch (error) {
            reportStrayError(error);
          }
        }
      },
      this.isHub ? { name } : {},
    );
    this.pid = pid;
    table.tell = (change) => this.#changed(change);
  }

  /** The gateway's: the one that other nodes talk to. */
  protected get isHub(): boolean {
    return this.kernel.here.thread === 0;
  }

  #start(context: Context<unknown>): void {
    this.#context = context;
    if (!this.isHub) {
      const hub = this.kernel.names.whereis(this.#name);
      if (!(hub instanceof ProcessId)) throw new Error(`the gateway does not run ${this.#name}`);
      this.hub = hub;
      this.send(hub, { type: 'discover', from: this.pid });
      this.#meet(hub);
      return;
    }
    this.kernel.nodes.watch(this.pid.proc);
    for (const node of this.kernel.nodes.list()) this.#discover(node);
  }

  #discover(node: string): void {
    this.kernel.nodes.nameOn(node, this.#name).send({ type: 'discover', from: this.pid } satisfies ReplicaMessage);
  }

  protected send(to: ProcessId, message: object): void {
    to.send(message);
  }

  /** Gives itself a message of its own: that very one, not a copy, as `sendAfter` may. */
  protected wakeAfter(delayMs: number, message: object): void {
    this.kernel.timers.start(new Wake(this.pid.proc, message), delayMs);
  }

  // ---------------------------------------------------------------- this thread's own rows

  /** In the middle of whatever somebody's process does: said at the replica's next turn, with all else until then. */
  #changed(change: Change): void {
    if (this.peers.size === 0) return;
    if (this.#pending.length === 0) deliver(this.pid.proc, FLUSH);
    const last = this.#pending.at(-1);
    if (last?.type === change.type) (last.rows as Row[]).push(...change.rows);
    else this.#pending.push({ type: change.type, rows: [...change.rows] });
  }

  protected flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const change of pending) this.relay(change, () => true);
  }

  /** Tells those who are chosen. */
  protected relay({ type, rows }: Change, chosen: (peer: ProcessId) => boolean): void {
    for (let at = 0; at < rows.length; at += ROWS_PER_MESSAGE) {
      const message = {
        type: 'change',
        from: this.pid,
        change: type,
        rows: rows.slice(at, at + ROWS_PER_MESSAGE),
      } satisfies ReplicaMessage;
      for (const { pid } of this.peers.values()) if (chosen(pid)) this.send(pid, message);
    }
  }

  // ---------------------------------------------------------------- messages

  #handle(message: unknown): void {
    if (message === FLUSH) {
      this.flush();
      return;
    }
    if (typeof message !== 'object' || message === null || this.local(message)) return;
    const { type } = message as { type?: unknown };
    if (type === 'nodeup') this.#discover((message as NodeUp).node);
    else if (type === 'DOWN') this.#down((message as { pid: unknown }).pid);
    else if (type === 'discover') this.#discovered((message as ReplicaMessage).from);
    else this.#said(message as ReplicaMessage);
  }

  #discovered(from: unknown): void {
    if (!(from instanceof ProcessId) || from.isLocal || !this.isHub || this.peers.has(from)) return;
    // It may have come up before this replica was there, and then has heard nothing of it.
    if (from.node !== this.kernel.here.node) this.send(from, { type: 'discover', from: this.pid });
    this.#meet(from);
  }

  #meet(pid: ProcessId): void {
    this.flush();
    this.#context.monitor(pid);
    const peer: Peer = { pid, introduced: false };
    const rows = [...this.#table.rows()].map((row) => this.#rowFor(pid, row)).filter((row) => row[1].length > 0);
    this.peers.set(pid, peer);
    this.relay({ type: 'add', rows }, (other) => other === pid);
    this.send(pid, { type: 'introduced', from: this.pid });
    this.peersChanged();
  }

  /** Other nodes hear of this node's processes, a thread of everybody's, the gateway of the thread's own. */
  #rowFor(peer: ProcessId, [key, pids, value]: Row): Row {
    const { here } = this.kernel;
    const its = (pid: ProcessId): boolean => (this.isHub ? isThreadOf(peer, here) || pid.at.sameNode(here) : pid.isLocal);
    return [key, pids.filter(its), value];
  }

  #said(message: ReplicaMessage): void {
    const { from } = message;
    const peer = this.peers.get(from);
    // A stranger, or one that is down: it says everything again when it comes up.
    if (peer === undefined) return;
    const { here } = this.kernel;
    const isThread = isThreadOf(from, here);
    switch (message.type) {
      case 'introduced':
        peer.introduced = true;
        this.peersChanged();
        break;
      case 'change': {
        const { change, rows } = message;
        // Each speaks for its own processes; the gateway for all others.
        const mayTell = (at: Address): boolean => (this.isHub ? (isThread ? at === from.at : at.sameNode(from.at)) : at !== here);
        if ((change !== 'add' && change !== 'remove') || !areRows(rows, mayTell)) return;
        this.apply({ type: change, rows });
        if (this.isHub) this.relay({ type: change, rows }, (other) => other !== from && (isThread || isThreadOf(other, here)));
        break;
      }
      case 'lost': {
        const { node, incarnation, thread } = message;
        // Another node may say so of its threads, the gateway of whoever.
        if (this.isHub && (isThread || thread === ALL_THREADS || node !== from.node || incarnation !== from.at.incarnation)) return;
        this.lost(node, incarnation, thread, true);
        break;
      }
      default:
        this.other(peer, message);
    }
  }

  #down(pid: unknown): void {
    const peer = this.peers.get(pid as ProcessId);
    if (peer === undefined) return;
    const { at } = peer.pid;
    this.peers.delete(peer.pid);
    const isThread = isThreadOf(peer.pid, this.kernel.here);
    // Other nodes see nodes go for themselves; of a thread they hear from its gateway.
    this.lost(at.node, at.incarnation, isThread ? at.thread : ALL_THREADS, !isThread);
    this.peersChanged();
  }

  /** `toThreads`: nobody but this node's own threads has to be told. */
  protected lost(node: string, incarnation: number, thread: number, toThreads: boolean): void {
    this.#table.lost((at) => at.node === node && at.incarnation === incarnation && (thread === ALL_THREADS || at.thread === thread));
    if (!this.isHub) return;
    const message = { type: 'lost', from: this.pid, node, incarnation, thread } satisfies ReplicaMessage;
    for (const { pid } of this.peers.values()) if (!toThreads || isThreadOf(pid, this.kernel.here)) this.send(pid, message);
  }

  // ---------------------------------------------------------------- for tables that need more

  protected apply({ type, rows }: Change): void {
    if (type === 'add') this.#table.add(rows);
    else this.#table.remove(rows);
  }

  /** Somebody has come, has been introduced, or is gone. */
  protected peersChanged(): void {}

  /** What this thread itself says to the replica: true if it was that. */
  protected local(_message: unknown): boolean {
    return false;
  }

  /** What a peer says beyond what all replicas do. */
  protected other(_peer: Peer, _message: object): void {}
}

class Wake extends Timer {
  readonly #proc: Proc;
  readonly #message: object;

  constructor(proc: Proc, message: object) {
    super();
    this.#proc = proc;
    this.#message = message;
  }

  override fire(): void {
    deliver(this.#proc, this.#message);
  }
}

function isThreadOf(peer: ProcessId, here: Address): boolean {
  return peer.at.sameNode(here);
}
