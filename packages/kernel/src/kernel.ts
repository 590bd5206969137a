import type { Behaviour } from './behaviours/behaviour.js';
import type { Placement } from './behaviours/types.js';
import type { SentFrom } from './calls/sent-from.js';
import type { Codec } from './codec.js';
import { MisuseError } from './errors.js';
import type { ExitReason } from './exit-reason.js';
import { Address, addressKey } from './identity/address.js';
import { checkLookedUp, LocalNames, type Name, type NameTable } from './identity/name.js';
import { ProcessId, SLOT_SPAN } from './identity/pid.js';
import type { RemoteName } from './identity/remote-name.js';
import type { Alias } from './process/alias.js';
import { deliver } from './process/deliver.js';
import { QUEUED, SLOW, WAKE } from './process/flags.js';
import { GONE, Proc } from './process/proc.js';
import { asNobody } from './process/strays.js';
import type { Scope } from './registry/pg.js';
import type { Carrier, NodeThreads } from './remote/carrier.js';
import { receiveSignal } from './remote/inbound.js';
import { Nodes } from './remote/nodes.js';
import type { Signal } from './remote/signal.js';
import { type Host, nodeHost } from './scheduler/host.js';
import { FairRunQueue, type RunQueue } from './scheduler/run-queue.js';
import { PACE, type Pace, Turns } from './scheduler/turns.js';
import { TimerWheel } from './timers/wheel.js';
import { UniqueNames } from './unique-names/unique-names.js';

export interface KernelOptions {
  readonly host?: Host;
  readonly node?: string;
  readonly incarnation?: number;
  readonly thread?: number;
  readonly names?: (kernel: Kernel) => NameTable;
  readonly queue?: RunQueue;
  /** Default 10,000 messages; `Infinity` for none. */
  readonly mailboxAlarm?: number;
  readonly pace?: Pace;
}

/** The processes of one thread: their table, run queue, timers, and what leads to other threads and nodes. */
export class Kernel {
  readonly host: Host;
  readonly here: Address;
  /** Replaced by one that all threads share when there are several. */
  names: NameTable;
  readonly timers: TimerWheel;
  readonly turns: Turns;
  /** Set while messages within the thread are copied (`strictMessages`). */
  codec: Codec | null = null;
  carrier: Carrier | null = null;
  /** On a gateway: the node's other threads. */
  threads: NodeThreads | null = null;
  /** The other nodes, as this thread knows them. */
  readonly nodes: Nodes = new Nodes(this);
  /** Turns a placement into a thread's address; null on a kernel that has no other threads. */
  placement: ((thread: Placement) => Address) | null = null;
  /** Aliases, and callers to be answered, that processes of other threads and nodes know, by number. */
  readonly aliases = new Map<number, Alias | SentFrom>();
  unknownSignals = 0;
  /** A process with more messages waiting than this is reported. OTP: `long_message_queue` of `system_monitor`. */
  readonly mailboxAlarm: number;
  /** Messages that bounded mailboxes have not taken, or have dropped. */
  droppedMessages = 0;
  /** The process groups; made on first use. */
  groups: Scope | null = null;
  /** Names that are unique in the cluster. */
  readonly uniqueNames: UniqueNames = new UniqueNames();
  /** Processes started since the kernel exists. */
  started = 0;

  readonly #addresses = new Map<string, Address>();
  /** The one that was asked for last; mostly it is the next one too. */
  #lastAddress: Address | null = null;
  /** A slot holds its process, or the number of the next free slot (-1: none). */
  readonly #slots: (Proc | number)[] = [];
  readonly #generations: number[] = [];
  #free = -1;
  #alive = 0;
  #refs = 0;
  #nobody: ProcessId | null = null;

  constructor(options: KernelOptions = {}) {
    this.host = options.host ?? nodeHost;
    this.mailboxAlarm = options.mailboxAlarm ?? 10_000;
    this.here = this.address(options.node ?? 'local', options.incarnation ?? 0, options.thread ?? 0);
    this.timers = new TimerWheel(this.host);
    this.turns = new Turns(this.host, this.timers, options.queue ?? new FairRunQueue(), options.pace ?? PACE);
    this.names = options.names?.(this) ?? new LocalNames();
  }

  /** Processes alive on this thread. */
  get alive(): number {
    return this.#alive;
  }

  /** The sender of signals that no process sends: code outside of all processes. */
  get nobody(): ProcessId {
    this.#nobody ??= ProcessId.ended(this.here, 2 ** 53 - 1);
    return this.#nobody;
  }

  /** The one address object for this thread and node. */
  address(node: string, incarnation: number, thread: number): Address {
    const last = this.#lastAddress;
    if (last !== null && last.node === node && last.incarnation === incarnation && last.thread === thread) return last;
    const key = addressKey(node, incarnation, thread);
    let address = this.#addresses.get(key);
    if (address === undefined) {
      address = new Address(this, node, incarnation, thread);
      this.#addresses.set(key, address);
    }
    this.#lastAddress = address;
    return address;
  }

  addresses(): Iterable<Address> {
    return this.#addresses.values();
  }

  /** Nothing comes from there any more, and nobody comes up there. */
  forgetAddress(address: Address): void {
    this.addressDown(address);
    this.#lastAddress = null;
    this.#addresses.delete(addressKey(address.node, address.incarnation, address.thread));
  }

  nextRef(): number {
    return ++this.#refs;
  }

  /** Makes a process and queues its first turn, in which `behaviour.wake` starts it with `what`. */
  create(behaviour: Behaviour, what: unknown, parent: ProcessId | null): Proc {
    let slot = this.#free;
    let generation = 0;
    if (slot >= 0) {
      this.#free = this.#slots[slot] as number;
      generation = this.#generations[slot] as number;
    } else {
      slot = this.#slots.length;
      this.#slots.push(-1);
      this.#generations.push(0);
    }
    const pid = new ProcessId(this.here, slot, generation, GONE);
    const proc = new Proc(this, behaviour, pid, what, parent, this.codec === null ? QUEUED | WAKE : QUEUED | WAKE | SLOW);
    pid.proc = proc;
    this.#slots[slot] = proc;
    this.#alive++;
    this.started++;
    this.turns.addNew(proc);
    return proc;
  }

  /** The process has ended; its slot may be used again, by a pid with the next generation. */
  forget(proc: Proc): void {
    const { slot, generation } = proc.pid;
    this.#alive--;
    if (generation + 1 >= MAX_GENERATION) {
      this.#slots[slot] = -1;
      return;
    }
    this.#generations[slot] = generation + 1;
    this.#slots[slot] = this.#free;
    this.#free = slot;
  }

  /** The process of this thread with that serial. */
  find(serial: number): Proc | undefined {
    const proc = this.#slots[serial % SLOT_SPAN];
    return typeof proc === 'object' && proc.pid.serial === serial ? proc : undefined;
  }

  /** The pid object for a process anywhere; for one of this thread its own. */
  pid(at: Address, serial: number): ProcessId {
    if (at !== this.here) return at.remotePid(serial);
    return this.find(serial)?.pid ?? ProcessId.ended(at, serial);
  }

  *processes(): Iterable<Proc> {
    for (const proc of this.#slots) if (typeof proc === 'object') yield proc;
  }

  whereis(name: Name): ProcessId | undefined {
    if (typeof name === 'string') return this.names.whereis(name) as ProcessId | undefined;
    checkLookedUp(name);
    if ('via' in name) return name.via.whereisName(name.key) as ProcessId | undefined;
    if (name.node === this.here.node) return this.names.whereis(name.name) as ProcessId | undefined;
    throw new MisuseError(
      'bad_name',
      `'${name.name}' on node '${name.node}': names of other nodes can be called, sent to and monitored only`,
    );
  }

  /** Who that name means now; on another node, whoever has it when the signal arrives there. */
  resolve(name: Name): ProcessId | RemoteName | undefined {
    if (typeof name === 'string') return this.whereis(name);
    checkLookedUp(name);
    if (!('via' in name) && name.node !== this.here.node) return this.nodes.nameOn(name.node, name.name);
    return this.whereis(name);
  }

  /** A signal from another thread or node. */
  receive(from: Address, signal: Signal): void {
    receiveSignal(this, from, signal);
  }

  /** A message from another thread, as `receive` would take it from a signal. */
  receiveMessage(from: Address, serial: number, message: unknown): void {
    const proc = from.down ? undefined : this.find(serial);
    if (proc !== undefined) deliver(proc, message);
  }

  /** A thread or node is gone: links and monitors to it fire with `noconnection`, once; nothing from it is taken any more. */
  addressDown(address: Address, reason: ExitReason = 'noconnection'): void {
    if (address.down) return;
    address.down = true;
    address.peers?.lost(reason);
    address.peers = null;
  }

  /** Aborts a process's signal, outside of whatever caused its end. */
  abortLater(controller: AbortController, reason: unknown): void {
    this.host.microtask(() => asNobody(() => controller.abort(reason)));
  }
}

const MAX_GENERATION = 2 ** 27;
