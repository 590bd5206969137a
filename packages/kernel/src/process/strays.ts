import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { ExitThrow } from '../errors.js';
import { DEAD, QUEUED, SUSPENDED, WAKE } from './flags.js';
import { observe } from './observing.js';
import { EMPTY, type Proc } from './proc.js';

// Errors that nobody catches: rejected promises that nobody awaits, callbacks of timers and I/O that throw.

/** Knows by which process the running code was started; null unless that is asked for. */
export let origins: AsyncLocalStorage<Proc | null> | null = null;

let listening = false;

/**
 * From now on an error that code of a process leaves uncaught after its handler has returned, or outside of what the handler awaits, ends
 * that process as if the handler had thrown it: its `terminate` runs, a crash is reported, links and monitors hear the reason, its
 * supervisor restarts it. That is a rejected promise that nobody awaits, and a callback of a timer, of I/O or of an event that throws. Without,
 * such an error is reported as `rekindle.stray_error` on a scheduler thread, and ends a program that has none. Errors started by nobody,
 * or by a process that has ended, stay so; on Node 20 also those of callbacks of `queueMicrotask`. Listeners of the program to
 * `uncaughtException` and `unhandledRejection` hear of all of them, as ever.
 *
 * Off by default, because it costs: with it a call takes about 2 times the CPU (Node 20) or 3 times (24), a message to an async process 2.5 times,
 * any other message 40 ns more (20) or 550 ns (24). Call it where the application's module is loaded, for all its threads, before
 * processes are started. OTP: there a process has no code but its own.
 */
export function attributeStrays(on = true): void {
  if (on) origins ??= new AsyncLocalStorage();
  else {
    origins?.disable();
    origins = null;
  }
  observe('strays', on);
  if (on && !listening) catchStrays(leaveToNode);
}

/** Runs what belongs to no process. */
export function asNobody(fn: () => void): void {
  if (origins === null) fn();
  else origins.run(null, fn);
}

/** From now on uncaught errors of this thread end the process that they belong to, if that is known, or go to `others`. */
export function catchStrays(others: (error: unknown, event: StrayEvent) => void): void {
  listening = true;
  const listener = (event: StrayEvent) => (error: unknown) => {
    if (!crashOrigin(error)) others(error, event);
  };
  process.on('uncaughtException', listener('uncaughtException'));
  process.on('unhandledRejection', listener('unhandledRejection'));
}

type StrayEvent = 'uncaughtException' | 'unhandledRejection';

/** Ends the process by whose code the error was started; false if there is none, or it is ending already. */
function crashOrigin(error: unknown): boolean {
  const proc = origins?.getStore() ?? null;
  if (proc === null) return false;
  // `exit` of oneself throws when all is done.
  if ((proc.flags & DEAD) !== 0) return error instanceof ExitThrow;
  if (hasStray(proc)) return false;
  proc.more().stray = error;
  // What its handler waits for has no say any more.
  proc.flags = (proc.flags & ~SUSPENDED) | WAKE;
  if ((proc.flags & QUEUED) === 0) {
    proc.flags |= QUEUED;
    proc.kernel.turns.add(proc);
  }
  return true;
}

export function hasStray({ extra }: Proc): boolean {
  return extra !== null && extra.stray !== EMPTY;
}

/** In the process's turn: throws what code that it has started had thrown, if anything. */
export function throwStray(proc: Proc): void {
  const { extra } = proc;
  if (extra === null || extra.stray === EMPTY) return;
  const { stray } = extra;
  extra.stray = EMPTY;
  extra.generator = null;
  throw stray instanceof Error || stray instanceof ExitThrow ? stray : new ExitThrow({ nocatch: stray });
}

/** As if there were no listener of ours: to those of the program, or it ends. */
function leaveToNode(error: unknown, event: StrayEvent): void {
  if (process.listenerCount(event) > 1) return;
  if (event === 'unhandledRejection' && process.listenerCount('uncaughtException') > 1) {
    EventEmitter.prototype.emit.call(process, 'uncaughtException', error, 'unhandledRejection');
    return;
  }
  process.removeAllListeners('uncaughtException');
  process.removeAllListeners('unhandledRejection');
  setImmediate(() => {
    throw error;
  });
}
