import { type Launchable, makeBehaviour } from '../behaviours/launch.js';
import type { AnyProcess, InitArg, Placement, Thread } from '../behaviours/types.js';
import { MisuseError } from '../errors.js';
import { describeName } from '../identity/handle.js';
import { checkStartName, type Name } from '../identity/name.js';
import type { Pid } from '../identity/pid.js';
import { checkBound, type MailboxBound } from '../process/bound.js';
import type { AutoShutdown } from './restart.js';

/** When a child that ended is started again: always, after an abnormal end, never. */
export type Restart = 'permanent' | 'transient' | 'temporary';
/** How a child is stopped: `shutdown`, then `kill` after so many milliseconds; or at once; or with all the time it takes. */
export type Shutdown = number | 'brutalKill' | 'infinity';

export interface ChildOptions {
  /** Unique under its supervisor. Default: the name, else the class's name. */
  readonly id?: string;
  readonly name?: Name;
  /** Where it runs; default: its supervisor's thread. */
  readonly thread?: Thread;
  /** Default `'permanent'`. */
  readonly restart?: Restart;
  /** Default 5,000 ms for a worker, `'infinity'` for a supervisor. */
  readonly shutdown?: Shutdown;
  /** Its own end may end the supervisor, see `autoShutdown`. Default false. */
  readonly significant?: boolean;
  /** How many messages may wait, and what becomes of more. Default: no limit. */
  readonly mailbox?: MailboxBound;
}

interface NeedsArgs {
  readonly 'init needs args: write { start: TheClass, args: ... }': never;
}
type ArgsFor<S> = undefined extends InitArg<S> ? { readonly args?: InitArg<S> } : { readonly args: InitArg<S> };

/** A class whose `init` needs nothing, or `{ start, args, ...options }` with `args` checked against that class's `init`. */
export type Child<S> =
  | ((new () => S) & (undefined extends InitArg<S> ? unknown : NeedsArgs))
  | (ChildOptions & { readonly start: new () => S } & ArgsFor<S>);

/** One `Child` per element, each inferred on its own. `T` is the tuple of the children's instance types. */
export type Children<T extends readonly AnyProcess[]> = { readonly [K in keyof T]: Child<T[K]> };

/**
 * A child started by a function of your own, which runs in the supervisor, links what it starts and answers its reference or pid,
 * `undefined` for `ignore`, or both a reference and some information for `startChild`'s caller. OTP: a start MFA.
 */
export interface CustomChild extends ChildOptions {
  readonly id: string;
  readonly start: StartFunction;
  readonly type?: 'worker' | 'supervisor';
}
/** As `Children`, with children that functions start among them. */
export type MixedChildren<T extends readonly unknown[]> = { readonly [K in keyof T]: (Child<T[K]> & IfProcess<T[K]>) | CustomChild };
type IfProcess<S> = S extends AnyProcess ? unknown : never;
export type StartFunction = (extra?: unknown) => StartAnswer | Promise<StartAnswer>;
export type StartAnswer = Pid<never> | undefined | { readonly ref: Pid<never>; readonly info: unknown };

/** A child spec with every default filled in. */
export interface ChildSpec {
  readonly id: string;
  readonly start: Launchable | StartFunction;
  readonly custom: boolean;
  readonly args: unknown;
  readonly name: Name | undefined;
  readonly thread: Placement | undefined;
  readonly restart: Restart;
  readonly shutdown: Shutdown;
  readonly significant: boolean;
  readonly mailbox: MailboxBound | undefined;
  readonly type: 'worker' | 'supervisor';
}

/** Set on supervisor classes. */
export const SUPERVISOR: unique symbol = Symbol('supervisor');

const KEYS = new Set(['id', 'start', 'args', 'name', 'thread', 'restart', 'shutdown', 'significant', 'mailbox', 'type']);

/** Checks what a user wrote and fills in the defaults. Throws `bad_child_spec` with what was expected. */
export function childSpec(child: unknown, autoShutdown: AutoShutdown): ChildSpec {
  const given = (typeof child === 'function' ? { start: child } : child) as Partial<Record<string, unknown>>;
  if (typeof given !== 'object' || given === null) bad(`expected a process class or { start, args, ... }, got ${String(child)}`);
  for (const key of Object.keys(given)) if (!KEYS.has(key)) bad(`unknown option '${key}', expected one of ${[...KEYS].join(', ')}`);
  const { start } = given;
  if (typeof start !== 'function') bad(`start: expected a process class, got ${String(start)}`);
  const custom = !isLaunchable(start);
  if (custom && given.id === undefined)
    bad(`start: expected a process class, got ${start.name}; a function that starts the child needs an id`);
  const supervisor = given.type === 'supervisor' || SUPERVISOR in start;
  const name = given.name as Name | undefined;
  if (name !== undefined) checkStartName(name);
  const id = given.id ?? (typeof name === 'string' ? name : start.name);
  const { restart = 'permanent', shutdown = supervisor ? 'infinity' : 5000, significant = false, thread } = given;
  if (typeof id !== 'string' || id === '') bad(`id: expected a string, got ${String(id)}`);
  if (restart !== 'permanent' && restart !== 'transient' && restart !== 'temporary') {
    bad(`restart: expected 'permanent', 'transient' or 'temporary', got ${String(restart)}`);
  }
  if (shutdown !== 'brutalKill' && shutdown !== 'infinity' && !(typeof shutdown === 'number' && shutdown >= 0)) {
    bad(`shutdown: expected milliseconds, 'brutalKill' or 'infinity', got ${String(shutdown)}`);
  }
  if (typeof significant !== 'boolean') bad(`significant: expected true or false, got ${String(significant)}`);
  if (significant && autoShutdown === 'never') {
    bad(`child '${id}' is significant, which needs autoShutdown 'anySignificant' or 'allSignificant'`, [
      ['auto_shutdown', 'never'],
      ['significant', true],
    ]);
  }
  if (significant && restart === 'permanent') {
    bad(`child '${id}': a permanent child cannot be significant, it is always restarted`, [
      ['restart', 'permanent'],
      ['significant', true],
    ]);
  }
  return {
    id,
    start: start as Launchable | StartFunction,
    custom,
    args: given.args,
    name,
    thread: thread as Placement | undefined,
    restart,
    shutdown: shutdown as Shutdown,
    significant,
    mailbox: mailboxOf(given.mailbox),
    type: supervisor ? 'supervisor' : 'worker',
  };
}

/** For a spec that a running supervisor is given: a bad one is its giver's fault. */
export function tryChildSpec(child: unknown, autoShutdown: AutoShutdown): ChildSpec | MisuseError {
  try {
    return childSpec(child, autoShutdown);
  } catch (error) {
    if (error instanceof MisuseError) return error;
    throw error;
  }
}

/** The specs of a supervisor's children, whose ids differ. */
export function childSpecs(children: readonly unknown[], autoShutdown: AutoShutdown): ChildSpec[] {
  const ids = new Set<string>();
  return children.map((child) => {
    const spec = childSpec(child, autoShutdown);
    if (ids.has(spec.id)) bad(`two children have the id '${spec.id}': give one of them an id of its own`);
    ids.add(spec.id);
    return spec;
  });
}

function mailboxOf(mailbox: unknown): MailboxBound | undefined {
  if (mailbox === undefined) return undefined;
  try {
    checkBound(mailbox as MailboxBound);
  } catch (error) {
    bad((error as Error).message);
  }
  return mailbox as MailboxBound;
}

function isLaunchable(start: object): boolean {
  return makeBehaviour in start;
}

/** `combination`: the options that do not go together, as OTP names them. */
function bad(message: string, combination?: readonly (readonly [string, unknown])[]): never {
  throw new MisuseError('bad_child_spec', message, combination === undefined ? undefined : { bad_combination: combination });
}

/** A child that may be none, for an error. */
export function describeChild(child: unknown): string {
  if (typeof child === 'function') return `child ${child.name}`;
  const { name, id, start } = (child ?? {}) as { readonly name?: Name; readonly id?: unknown; readonly start?: unknown };
  if (name !== undefined) return `child '${describeName(name)}'`;
  if (id !== undefined) return `child '${String(id)}'`;
  return typeof start === 'function' && start.name !== '' ? `child ${start.name}` : 'child';
}
