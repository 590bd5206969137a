import type { AnyProcess } from '../behaviours/types.js';
import { MisuseError } from '../errors.js';
import { type BackoffOptions, checkBackoff } from './backoff.js';
import type { Children, MixedChildren } from './child-spec.js';
import type { AutoShutdown, Strategy } from './restart.js';

export interface SupervisorOptions {
  /** Default `'oneForOne'`. */
  readonly strategy?: Strategy;
  /** One more restart than this within `maxSeconds` ends the supervisor. Default 3, as in Elixir (OTP itself: 1). */
  readonly maxRestarts?: number;
  /** Default 5. */
  readonly maxSeconds?: number;
  /** Waits before restarts. Default: none, as in OTP. */
  readonly backoff?: BackoffOptions;
  /** Whether the end of significant children ends the supervisor. Default `'never'`. */
  readonly autoShutdown?: AutoShutdown;
}

/** What a supervisor's `init` answers. */
export interface SupervisorSpec extends SupervisorOptions {
  readonly children: readonly unknown[];
}

/** Checks the children's arguments against their classes. OTP: `{ok, {SupFlags, ChildSpecs}}`. */
export function supervise<T extends readonly unknown[]>(spec: SupervisorOptions & { readonly children: MixedChildren<T> }): SupervisorSpec;
// Last, because the compiler reports what it has against the last overload.
export function supervise<T extends readonly AnyProcess[]>(spec: SupervisorOptions & { readonly children: Children<T> }): SupervisorSpec;
export function supervise(spec: SupervisorSpec): SupervisorSpec {
  return spec;
}

export const DEFAULT_MAX_RESTARTS = 3;
export const DEFAULT_MAX_SECONDS = 5;

export interface CheckedOptions extends Required<Omit<SupervisorOptions, 'backoff'>> {
  readonly backoff: Required<BackoffOptions> | null;
}

/** The options with defaults, or a `bad_option` that names the one that is wrong. */
export function checkOptions(spec: SupervisorOptions): CheckedOptions {
  const { strategy = 'oneForOne', maxRestarts = DEFAULT_MAX_RESTARTS, maxSeconds = DEFAULT_MAX_SECONDS, autoShutdown = 'never' } = spec;
  if (!['oneForOne', 'oneForAll', 'restForOne', 'simpleOneForOne'].includes(strategy)) {
    bad(`strategy: expected 'oneForOne', 'oneForAll', 'restForOne' or 'simpleOneForOne', got ${String(strategy)}`);
  }
  if (!(Number.isInteger(maxRestarts) && maxRestarts >= 0)) bad(`maxRestarts: expected an integer from 0, got ${String(maxRestarts)}`);
  if (!(typeof maxSeconds === 'number' && maxSeconds > 0)) bad(`maxSeconds: expected seconds above 0, got ${String(maxSeconds)}`);
  if (!['never', 'anySignificant', 'allSignificant'].includes(autoShutdown)) {
    bad(`autoShutdown: expected 'never', 'anySignificant' or 'allSignificant', got ${String(autoShutdown)}`);
  }
  return { strategy, maxRestarts, maxSeconds, autoShutdown, backoff: checkBackoff(spec.backoff) };
}

function bad(message: string): never {
  throw new MisuseError('bad_option', message);
}
