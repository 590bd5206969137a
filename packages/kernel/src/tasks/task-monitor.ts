import type { ExitReason } from '../exit-reason.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import { DownMessage } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { forEachMessage, takeMatching } from '../process/mailbox.js';
import { flushDown, Monitor, watch } from '../process/monitors.js';
import { attach, detach } from '../process/owned.js';
import { EMPTY, type Proc } from '../process/proc.js';
import { Timeout } from '../timers/timeout.js';
import { TaskReplyMessage } from './task-result.js';

/** Hears of a task instead of its owner's mailbox. */
export interface TaskListener {
  replied(value: unknown): void;
  ended(reason: ExitReason): void;
}

/**
 * What a task's owner has of it: its reply and its end arrive here. They go to whoever awaits the task, or as messages into
 * the owner's mailbox. Once it is cancelled a late reply is dropped, as with OTP's alias of a monitor.
 */
export class TaskMonitor extends Monitor {
  readonly #proc: Proc;
  #listener: TaskListener | null = null;
  #timeout: Timeout | null = null;

  constructor(owner: Proc, task: ProcessId) {
    super(owner.kernel.nextRef(), task, 'DOWN', null);
    this.#proc = owner;
    if (!owner.alive) return;
    attach(owner, this);
    watch(task, this);
  }

  reply(value: unknown): void {
    if (!this.active) return;
    const { codec } = this.#proc.kernel;
    const result = codec === null ? value : codec.copy(value);
    if (this.#listener === null) deliver(this.#proc, new TaskReplyMessage(this, result));
    else this.#listener.replied(result);
  }

  override fire(from: Pid, reason: ExitReason): void {
    const listener = this.#listener;
    if (listener === null) super.fire(from, reason);
    else if (this.active) {
      this.unlisten();
      detach(this);
      listener.ended(reason);
    }
  }

  get awaited(): boolean {
    return this.#listener !== null;
  }

  /** From now on `listener` hears of the task. If that is not over within `timeoutMs`, `expired` is called instead. */
  listen(listener: TaskListener, timeoutMs: number, expired: () => void): void {
    this.#listener = listener;
    this.#timeout = new Timeout(this.#proc, timeoutMs, () => {
      this.unlisten();
      expired();
    });
  }

  /** The owner has its reply, or its end, in the mailbox. */
  get hasArrived(): boolean {
    let found = false;
    forEachMessage(this.#proc, (message) => {
      found ||= isOf(this, message);
    });
    return found;
  }

  /** Takes the reply out of the owner's mailbox, if it is there; the task is over then. */
  takeReply(): TaskReplyMessage | undefined {
    const reply = takeMatching(this.#proc, (message) => message instanceof TaskReplyMessage && isOf(this, message));
    if (reply === EMPTY) return undefined;
    this.forget();
    return reply as TaskReplyMessage;
  }

  takeDown(): DownMessage | undefined {
    const down = takeMatching(this.#proc, (message) => message instanceof DownMessage && isOf(this, message));
    return down === EMPTY ? undefined : (down as DownMessage);
  }

  /** Nothing more is heard of the task. OTP: `demonitor(Ref, [flush])`. */
  forget(): void {
    this.unlisten();
    if (!this.cancel()) flushDown(this.#proc, this);
  }

  /** What comes of the task goes into the mailbox again. */
  unlisten(): void {
    this.#listener = null;
    this.#timeout?.drop();
    this.#timeout = null;
  }
}

function isOf(monitor: TaskMonitor, message: unknown): boolean {
  return (message instanceof TaskReplyMessage || message instanceof DownMessage) && message.ref === monitor;
}
