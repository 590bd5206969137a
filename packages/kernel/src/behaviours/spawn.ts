import { MisuseError } from '../errors.js';
import { describeName } from '../identity/handle.js';
import { checkStartName, type Name } from '../identity/name.js';
import { ProcessId } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { bindMailbox, checkBound, type MailboxBound } from '../process/bound.js';
import { die } from '../process/death.js';
import { TRAP } from '../process/flags.js';
import { addLink } from '../process/links.js';
import { type Monitor, monitor } from '../process/monitors.js';
import { GONE, type Proc } from '../process/proc.js';
import { registerName } from '../process/verbs.js';
import type { Context } from './context.js';
import { claimName } from './name-claim.js';
import { plain } from './plain.js';

/**
 * The code of a plain process. It ends when the body returns (`normal`), throws (the error), or its promise settles. A
 * generator needs no promise per message: `const m = yield* context.receive()`. A body that returns a `Handler` goes on: it
 * is the form for very many processes, as nothing is kept between messages but what the handler refers to.
 */
export type Body<M> = (context: Context<M>) => Promise<void> | Generator<unknown, void, unknown> | Handler<M> | void;

/**
 * What a plain process does with each message, in order, until it ends itself (`context.exit(context.self, reason)`), throws,
 * or is told to end. While its promise is pending further messages wait. `receive` cannot be used beside it.
 */
export type Handler<M> = (message: M) => Promise<void> | void;

export interface SpawnOptions {
  /** The process traps exits from its first instant. */
  readonly trapExit?: boolean;
  /** Registered from the first instant; throws `badarg` when the name is taken. */
  readonly name?: Name;
  /** How many messages may wait, and what becomes of more. Default: no limit. */
  readonly mailbox?: MailboxBound;
}

export interface SpawnSettings extends SpawnOptions {
  readonly link?: boolean;
  readonly monitor?: boolean;
}

/** Makes a plain process, to run soon; links and monitors are there before its first instruction. */
export function spawnPlain<M>(
  kernel: Kernel,
  by: Proc | null,
  body: Body<M>,
  settings: SpawnSettings,
): { pid: ProcessId; ref: Monitor | null } {
  if (by !== null && !by.alive) return { pid: GONE_PID, ref: null };
  if (settings.mailbox !== undefined) checkBound(settings.mailbox);
  const proc = kernel.create(plain, body, null);
  const { pid } = proc;
  if (settings.trapExit === true) proc.flags |= TRAP;
  if (settings.mailbox !== undefined) bindMailbox(proc, settings.mailbox);
  if (settings.name !== undefined) {
    try {
      registerNew(proc, settings.name);
    } catch (error) {
      die(proc, 'normal');
      throw error;
    }
  }
  if (by !== null && settings.link === true) {
    addLink(proc, by.pid);
    addLink(by, pid);
  }
  return { pid, ref: by !== null && settings.monitor === true ? monitor(by, pid, 'DOWN', null) : null };
}

function registerNew(proc: Proc, name: Name): void {
  if (typeof name === 'string') {
    registerName(proc.kernel, name, proc.pid);
    return;
  }
  checkStartName(name);
  const holder = claimName(proc, name);
  if (holder !== undefined) throw new MisuseError('badarg', `'${describeName(name)}' is already registered by ${holder}`);
}

/** What a process that has ended gets for whatever it spawns: a pid that swallows everything. */
const GONE_PID = new ProcessId(null as never, 0, 0, GONE);
