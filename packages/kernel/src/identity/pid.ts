import { inspect } from 'node:util';
import { callByPid } from '../calls/call.js';
import { castTo } from '../calls/cast.js';
import { current } from '../process/current.js';
import { deliver, sendSlowly } from '../process/deliver.js';
import { BUSY, DEAD, ELSEWHERE, QUEUED, SLOW } from '../process/flags.js';
import { EMPTY, GONE, type Proc, REMOTE } from '../process/proc.js';
import type { Address } from './address.js';
import { Handle } from './handle.js';

// Folded into the code, as imported constants are not (see `flags.ts`).
const NOTHING = EMPTY;
const ENDED = DEAD;
const WAITING = QUEUED;
/** A message to it takes the long way. */
const FAR = DEAD | ELSEWHERE | SLOW;
/** A message does not make it runnable, or not at once. */
const NOT_IDLE = FAR | QUEUED | BUSY;

/** A process, wherever it runs. `send` is a method, so a `Pid<Ping>` is usable as a `Pid` and the other way round: typing is gradual. */
export interface Pid<Message = unknown> {
  readonly node: string;
  /** Thread number within the node. */
  readonly thread: number;
  /** Unique within the thread, never used again. */
  readonly serial: number;
  /**
   * Puts `message` at the end of the process's mailbox. Never blocks, never fails: a message to a process that has ended is
   * dropped. Messages from one process to another arrive in the order sent. OTP: `Pid ! Message`.
   */
  send(message: Message): void;
}

/** Slots are reused with a growing generation; a serial is both in one number. */
export const SLOT_SPAN: number = 2 ** 26;

/** The one class of all pids. A local one points at its process for as long as that lives. */
export class ProcessId implements Pid {
  proc: Proc;
  readonly at: Address;
  readonly slot: number;
  readonly generation: number;

  constructor(at: Address, slot: number, generation: number, proc: Proc) {
    this.at = at;
    this.slot = slot;
    this.generation = generation;
    this.proc = proc;
  }

  static serialOf(slot: number, generation: number): number {
    return generation * SLOT_SPAN + slot;
  }

  static remote(at: Address, serial: number): ProcessId {
    return new ProcessId(at, serial % SLOT_SPAN, Math.floor(serial / SLOT_SPAN), REMOTE);
  }

  static ended(at: Address, serial: number): ProcessId {
    return new ProcessId(at, serial % SLOT_SPAN, Math.floor(serial / SLOT_SPAN), GONE);
  }

  get node(): string {
    return this.at.node;
  }
  get thread(): number {
    return this.at.thread;
  }
  get serial(): number {
    return ProcessId.serialOf(this.slot, this.generation);
  }
  get isLocal(): boolean {
    return (this.proc.flags & ELSEWHERE) === 0;
  }

  send(message: unknown): void {
    if (current !== null && (current.flags & ENDED) !== 0) return;
    const { proc } = this;
    const { flags } = proc;
    if ((flags & NOT_IDLE) === 0 && proc.first === NOTHING) {
      proc.first = message;
      proc.flags = flags | WAITING;
      proc.kernel.turns.add(proc);
    } else if ((flags & FAR) === 0) deliver(proc, message);
    else sendSlowly(this, message);
  }

  call(name: string, ...args: unknown[]): Promise<unknown> {
    return callByPid(current, this, name, args, undefined);
  }

  cast(name: string, ...args: unknown[]): void {
    if (current !== null && (current.flags & DEAD) !== 0) return;
    castTo(this, name, args);
  }

  within(timeoutMs: number): Handle {
    return new Handle(this.at.kernel, this, timeoutMs);
  }

  /** Whether both mean the same process, also when one came from another thread or node. */
  equals(other: unknown): boolean {
    return (
      this === other ||
      (other instanceof ProcessId &&
        this.slot === other.slot &&
        this.generation === other.generation &&
        this.at.thread === other.at.thread &&
        this.at.sameNode(other.at))
    );
  }

  toString(): string {
    return `#Pid<${this.node}.${this.thread}.${this.serial}>`;
  }
  toJSON(): string {
    return this.toString();
  }
  [inspect.custom](): string {
    return this.toString();
  }
}
