/** `{ shutdown: why }`, OTP's `{shutdown, Why}`: an orderly end with a reason attached. */
export interface Shutdown {
  readonly shutdown: unknown;
}

/**
 * Why a process ended. Reasons are values: OTP's atoms as strings, `{ shutdown: why }`, or the `Error` that was thrown.
 * The kernel itself gives `'normal'`, `'shutdown'`, `'killed'`, `'noproc'`, `'noconnection'`, a `CallError` that nobody
 * caught, `{ bad_return_value: value }` and `{ nocatch: value }`.
 */
export type ExitReason = 'normal' | 'shutdown' | 'kill' | 'killed' | 'noproc' | 'noconnection' | (string & {}) | Shutdown | Error | object;

export function isShutdown(reason: unknown): reason is Shutdown {
  return typeof reason === 'object' && reason !== null && 'shutdown' in reason;
}

/** `normal`, `shutdown` and `{ shutdown: _ }`: ends that no `transient` child is restarted for and that nobody reports. */
export function isOrderly(reason: ExitReason): boolean {
  return reason === 'normal' || reason === 'shutdown' || isShutdown(reason);
}

/** An exit reason as one readable line. */
export function describeReason(reason: unknown): string {
  if (reason instanceof Error) return `${reason.name}: ${reason.message}`;
  if (typeof reason === 'string') return reason;
  try {
    return JSON.stringify(reason) ?? String(reason);
  } catch {
    return String(reason);
  }
}
