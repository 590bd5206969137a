import { type ExitReason, isOrderly } from '../exit-reason.js';
import type { Restart } from './child-spec.js';

/** `simpleOneForOne`: any number of children from one template, started by `startChild`. */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne' | 'simpleOneForOne';
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant';

/** Whether a child that ended for `reason` is started again. */
export function isRestarted(restart: Restart, reason: ExitReason): boolean {
  return restart === 'permanent' || (restart === 'transient' && !isOrderly(reason));
}

/** Which children a failure of `failed` concerns, in start order: stopped in reverse, then started. */
export function affected(strategy: Strategy, ids: readonly string[], failed: string): readonly string[] {
  if (strategy === 'oneForAll') return ids;
  return strategy === 'restForOne' ? ids.slice(ids.indexOf(failed)) : [failed];
}

/** Whether the end of a significant child ends its supervisor. `others`: are any other significant children running? */
export function endsSupervisor(autoShutdown: AutoShutdown, significant: boolean, others: () => boolean): boolean {
  if (!significant) return false;
  return autoShutdown === 'anySignificant' || (autoShutdown === 'allSignificant' && !others());
}
