import type { Pid } from '../identity/pid.js';
import { WATCHED } from '../process/flags.js';
import type { Proc } from '../process/proc.js';
import { reportTrace } from '../reports.js';
import { portable } from './portable.js';
import type { TraceEvent, TraceMessage } from './trace-event.js';

/** What `sys.statistics` answers. Times are milliseconds since 1970. OTP: `sys:statistics/2`. */
export interface Statistics {
  readonly startTime: number;
  readonly currentTime: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
}

interface Counts {
  readonly startTime: number;
  messagesIn: number;
  messagesOut: number;
}

/** What `sys` does with one process. There is none unless somebody asked for it. */
export class Debug {
  suspended = false;
  counts: Counts | null = null;
  log: TraceEvent[] | null = null;
  logLength = 0;
  /** Whom to tell of every event; true: the reports. */
  tracer: Pid<TraceMessage> | boolean = false;
  /** The message being handled is traced, and its state has not been told yet. */
  inHand = false;

  static of(proc: Proc): Debug {
    return (proc.more().debug ??= new Debug());
  }

  get observes(): boolean {
    return this.counts !== null || this.log !== null || this.tracer !== false;
  }

  /** Makes the process look here before it takes a message, or spares it that. */
  apply(proc: Proc): void {
    if (this.suspended || this.observes) proc.flags |= WATCHED;
    else {
      proc.flags &= ~WATCHED;
      proc.more().debug = null;
    }
  }

  note(proc: Proc, event: TraceEvent): void {
    const { counts, log, tracer } = this;
    if (counts !== null) {
      if (event.event === 'in') counts.messagesIn++;
      else if (event.event === 'out') counts.messagesOut++;
    }
    if (log === null && tracer === false) return;
    const shown = portable(proc.kernel, event) as TraceEvent;
    if (log !== null) {
      log.push(shown);
      if (log.length > this.logLength) log.shift();
    }
    if (tracer === true) reportTrace({ pid: proc.pid, event: shown });
    else if (tracer !== false) tracer.send({ type: 'trace', pid: proc.pid, event: shown });
  }
}
