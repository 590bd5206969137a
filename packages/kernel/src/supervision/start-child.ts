import { thrownReason } from '../behaviours/behaviour.js';
import { type Launchable, place } from '../behaviours/launch.js';
import type { Starter } from '../behaviours/start.js';
import { StartError, type StartErrorCode } from '../errors.js';
import { Handle } from '../identity/handle.js';
import { ProcessId } from '../identity/pid.js';
import { keep } from '../process/kept.js';
import type { Proc } from '../process/proc.js';
import { GONE } from '../process/proc.js';
import { Wait } from '../process/wait.js';
import { childStarted } from './child-reports.js';
import type { ChildSpec, StartAnswer, StartFunction } from './child-spec.js';

/** How the start of a child went. `pid` is null when its `init` answered `ignore`. */
export type StartOutcome =
  | { readonly ok: true; readonly pid: ProcessId | null; readonly info?: unknown }
  | { readonly ok: false; readonly code: StartErrorCode; readonly reason: unknown; readonly pid?: ProcessId };

/** The wait for the start of a child: ends with a `StartOutcome`. */
class ChildStart extends Wait implements Starter {
  /** Of whom a progress report tells; null: nobody. */
  readonly #reported: ChildSpec | null;

  constructor(proc: Proc, reported: ChildSpec | null) {
    super(proc);
    this.#reported = reported;
  }

  override wake(outcome: StartOutcome): void {
    if (this.#reported !== null && outcome.ok && outcome.pid !== null && this.proc.alive)
      childStarted(this.proc, this.#reported, outcome.pid);
    super.wake(outcome);
  }

  started(pid: ProcessId): void {
    this.wake({ ok: true, pid });
  }
  ignored(): void {
    this.wake({ ok: true, pid: null });
  }
  failed(code: StartErrorCode, reason: unknown, pid?: ProcessId): void {
    this.wake({
      ok: false,
      code,
      reason: code === 'init_failed' || code === 'not_registered' ? reason : code,
      ...(pid === undefined ? {} : { pid }),
    });
  }
}

/** Starts a child, linked. The wait ends with a `StartOutcome` when its `init` is done. `progress`: whether that is reported. */
export function beginStart(proc: Proc, spec: ChildSpec, args: unknown, progress = true): Wait {
  const wait = new ChildStart(proc, progress ? spec : null);
  if (spec.custom) callStart(spec.start as StartFunction, args, wait);
  else {
    try {
      place(proc.kernel, proc, true, spec.start as Launchable, args, spec, wait);
    } catch (error) {
      // A class that other threads do not know, arguments that cannot be sent: no reason for the supervisor to end.
      wait.failed('init_failed', error);
    }
  }
  return wait;
}

/** Starts a child, linked, and waits until its `init` is done. */
export function* startChild(proc: Proc, spec: ChildSpec, args: unknown, progress = true): Generator<Wait, StartOutcome, unknown> {
  const wait = beginStart(proc, spec, args, progress);
  return (wait.done ? wait.result : yield wait) as StartOutcome;
}

function callStart(start: StartFunction, args: unknown, wait: ChildStart): void {
  const failed = (thrown: unknown): void => {
    if (thrown instanceof StartError) {
      const { code, reason, pid } = thrown;
      wait.wake({ ok: false, code, reason, ...(pid === undefined ? {} : { pid: pid as ProcessId }) });
    } else wait.wake({ ok: false, code: 'init_failed', reason: thrownReason(thrown) ?? thrown });
  };
  try {
    const answer = start(args);
    if (answer instanceof Promise) answer.then((value) => wait.wake(outcomeOf(value)), failed);
    else wait.wake(outcomeOf(answer));
  } catch (thrown) {
    failed(thrown);
  }
}

function outcomeOf(answer: StartAnswer): StartOutcome {
  if (answer === undefined) return { ok: true, pid: null };
  const pid = pidOf(answer);
  if (pid !== undefined) return { ok: true, pid };
  const { ref, info } = (answer ?? {}) as { ref?: unknown; info?: unknown };
  const started = pidOf(ref);
  return started === undefined ? { ok: false, code: 'init_failed', reason: answer } : { ok: true, pid: started, info };
}

function pidOf(value: unknown): ProcessId | undefined {
  const found = value instanceof Handle ? value.resolve() : value;
  return found instanceof ProcessId ? found : undefined;
}

keep(new ChildStart(GONE, null));
