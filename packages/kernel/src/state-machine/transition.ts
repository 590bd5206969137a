import { MisuseError } from '../errors.js';
import { type From, Outcome } from '../outcome.js';
import { MAX_DELAY_MS } from '../timers/wheel.js';
import type { Inserted, TimeoutName } from './types.js';

/** What a state machine does after an event besides going to a state. */
export interface TransitionOptions<T> {
  /** `stateTimeout` comes after so many milliseconds, unless the state changes before; null cancels it. OTP: `state_timeout`. */
  readonly stateTimeoutMs?: number | null;
  /** `eventTimeout` comes after so many milliseconds, unless any event comes before. OTP: `{timeout, Time, _}`. */
  readonly eventTimeoutMs?: number;
  /** `timeout(name)` comes after so many milliseconds, whatever happens before; null cancels it. OTP: `{{timeout, Name}, Time, _}`. */
  readonly timeouts?: { readonly [Name in TimeoutName<T>]?: number | null };
  /** Events to be handled next, in this order, before all that wait: `[['retry'], ['log', 'text']]`. OTP: `next_event`. */
  readonly insert?: readonly Inserted<T>[];
  /** The process will be idle for long: what its mailbox keeps for bursts is given back. OTP: `hibernate`. */
  readonly hibernate?: boolean;
}

/** The event is kept, to be handled again after the next change of state. OTP: `postpone`. */
export interface Postpone {
  readonly postpone: true;
}

/** How a call is answered: now, or later by `from.reply`. */
export type Answer<R> = { readonly reply?: R } | { readonly noreply?: From<R> };

/** What a state machine's handlers return to go to a state. See `GenStateMachine.next`. */
export class Transition<T> extends Outcome<T> {
  readonly kind = 'transition';
  /** Null: the current one. */
  readonly state: string | null;
  readonly repeat: boolean;
  readonly options: AnyOptions;
  constructor(state: string | null, repeat: boolean, options: AnyOptions) {
    super();
    this.state = state;
    this.repeat = repeat;
    this.options = options;
  }
}

/** The options without the types of one machine. */
export interface AnyOptions {
  readonly stateTimeoutMs?: number | null;
  readonly eventTimeoutMs?: number;
  readonly timeouts?: { readonly [name: string]: number | null | undefined };
  readonly insert?: readonly (readonly [name: string, ...args: unknown[]])[];
  readonly hibernate?: boolean;
  readonly postpone?: boolean;
  readonly reply?: unknown;
  readonly noreply?: From<never>;
}

const KEYS = new Set(['stateTimeoutMs', 'eventTimeoutMs', 'timeouts', 'insert', 'hibernate', 'postpone', 'reply', 'noreply']);

/** Throws `bad_option` for what the compiler would have refused, in programs that it has not seen. */
export function checkOptions(options: AnyOptions): AnyOptions {
  for (const key of Object.keys(options)) {
    if (!KEYS.has(key)) bad(`unknown option '${key}', expected one of ${[...KEYS].join(', ')}`);
  }
  const { stateTimeoutMs, eventTimeoutMs, timeouts, insert } = options;
  checkTime('stateTimeoutMs', stateTimeoutMs);
  checkTime('eventTimeoutMs', eventTimeoutMs);
  if (timeouts !== undefined) for (const [name, ms] of Object.entries(timeouts)) checkTime(`timeouts.${name}`, ms);
  if (insert !== undefined && !(Array.isArray(insert) && insert.every((event) => Array.isArray(event) && typeof event[0] === 'string'))) {
    bad(`insert: expected events as [name, ...args], got ${JSON.stringify(insert)}`);
  }
  return options;
}

function checkTime(option: string, ms: unknown): void {
  if (ms === undefined || ms === null || ms === Number.POSITIVE_INFINITY) return;
  if (!(typeof ms === 'number' && ms >= 0 && ms <= MAX_DELAY_MS)) {
    bad(`${option}: expected 0 to ${MAX_DELAY_MS} ms, Infinity or null, got ${String(ms)}`);
  }
}

function bad(message: string): never {
  throw new MisuseError('bad_option', message);
}
