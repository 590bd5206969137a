import type { Request } from '../calls/request.js';
import type { ExitReason } from '../exit-reason.js';

/** The callbacks of a server, as the kernel sees them. */
export interface Server {
  init(args: unknown): unknown;
  handleCall(name: string, args: readonly unknown[], from: Request): unknown;
  handleCast(name: string, args: readonly unknown[]): unknown;
  handleInfo(message: unknown): unknown;
  handleContinue(step: unknown): unknown;
  terminate(reason: ExitReason): unknown;
  /** What `sys` shows of it; default: its fields. */
  systemGetState?(): unknown;
  systemReplaceState?(state: unknown): void;
}

/** Which callback a result belongs to. */
export const INIT = 0;
export const CALL = 1;
export const CAST = 2;
export const INFO = 3;
export const CONTINUE = 4;
export const TERMINATE = 5;
/** Callbacks that a subclass adds. */
export const OTHER = 6;
/** None: the wait for a name before `init`. */
export const NAME = 7;
