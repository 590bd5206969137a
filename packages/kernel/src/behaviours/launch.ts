import { never } from '../calls/call.js';
import { MisuseError } from '../errors.js';
import { checkStartName, type Name } from '../identity/name.js';
import type { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { bindMailbox, checkBound, type MailboxBound } from '../process/bound.js';
import { DEAD } from '../process/flags.js';
import { addLink } from '../process/links.js';
import { attach } from '../process/owned.js';
import type { Proc } from '../process/proc.js';
import { condemn } from '../process/signals.js';
import { unlink } from '../process/verbs.js';
import { sendSpawn } from '../remote/outbound.js';
import type { Behaviour } from './behaviour.js';
import { PendingStart, Start, type Starter } from './start.js';
import type { Placement, StartOptions } from './types.js';

/** Static side of every process class: gives the one behaviour object of that class. */
export const makeBehaviour: unique symbol = Symbol('makeBehaviour');

export interface Launchable {
  new (): object;
  readonly name: string;
  [makeBehaviour](): Behaviour;
}

const behaviours = new WeakMap<object, Behaviour>();

export function behaviourOf(Class: Launchable): Behaviour {
  let behaviour = behaviours.get(Class);
  if (behaviour === undefined) {
    if (typeof Class !== 'function' || typeof Class[makeBehaviour] !== 'function') {
      const came = typeof Class === 'function' ? `class ${Class.name}` : JSON.stringify(Class);
      throw new MisuseError('bad_child_spec', `expected a class that extends GenServer, Supervisor or another process class, got ${came}`);
    }
    behaviour = Class[makeBehaviour]();
    behaviours.set(Class, behaviour);
  }
  return behaviour;
}

/** Starts a process of this thread; its `init` runs in its own first turn, and `start.starter` hears how that went. */
export function launch(kernel: Kernel, Class: Launchable, start: Start, parent: Proc | null, linked: boolean): Proc {
  const proc = kernel.create(behaviourOf(Class), null, linked && parent !== null ? parent.pid : null);
  proc.owed = start;
  if (linked && parent !== null) {
    addLink(proc, parent.pid);
    addLink(parent, proc.pid);
  }
  return proc;
}

/** `start` and `startLink`: a promise of the started process's pid. `put`: how it is made, unless by the rules of `place`. */
export function startProcess(
  kernel: Kernel,
  caller: Proc | null,
  linked: boolean,
  Class: Launchable,
  args: unknown,
  options: StartOptions | undefined,
  put: typeof place = place,
): Promise<ProcessId | undefined> {
  if (options?.name !== undefined) checkStartName(options.name);
  if (options?.mailbox !== undefined) checkBound(options.mailbox);
  if (caller !== null && (caller.flags & DEAD) !== 0) return never();
  return new Promise((resolve, reject) => {
    const pending = new PendingStart(Class.name, resolve, reject);
    if (caller !== null) attach(caller, pending);
    if (options?.timeoutMs !== undefined) kernel.timers.start(pending, options.timeoutMs);
    try {
      put(kernel, caller, linked, Class, args, options, pending);
    } catch (error) {
      pending.drop();
      throw error;
    }
  });
}

export interface PlaceOptions {
  readonly name?: Name | undefined;
  readonly thread?: Placement | undefined;
  readonly mailbox?: MailboxBound | undefined;
}

/** Starts the process on the thread that the options ask for. */
export function place(
  kernel: Kernel,
  caller: Proc | null,
  linked: boolean,
  Class: Launchable,
  args: unknown,
  options: PlaceOptions | undefined,
  starter: Starter,
): void {
  const thread = options?.thread ?? 'same';
  const at = thread === 'same' || kernel.placement === null ? kernel.here : kernel.placement(thread);
  if (at !== kernel.here) {
    sendSpawn(kernel, at, caller, linked, Class, args, options, starter);
    return;
  }
  putHere(kernel, caller, linked, Class, kernel.codec === null ? args : kernel.codec.copy(args), options, starter);
}

/** Starts the process on this thread, with arguments as they are: functions too. */
export function putHere(
  kernel: Kernel,
  caller: Proc | null,
  linked: boolean,
  Class: Launchable,
  args: unknown,
  options: { readonly name?: Name | undefined; readonly mailbox?: MailboxBound | undefined } | undefined,
  starter: Starter,
): void {
  const proc = launch(kernel, Class, new Start(args, options?.name, starter), caller, linked);
  if (options?.mailbox !== undefined) bindMailbox(proc, options.mailbox);
  if (!(starter instanceof PendingStart)) return;
  starter.onTimeout = () => {
    // The starter gets the error and nothing else, so the link is taken back first. OTP: `proc_lib:start_link/5`.
    if (linked && caller !== null) unlink(caller, proc.pid);
    condemn(proc, 'killed');
  };
}
