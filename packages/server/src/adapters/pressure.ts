/** Changes of what waits to be sent are told in steps of this part of the limit. */
const STEPS = 16;

/** Whether a backlog has changed so much since it was told last that it is told again. */
export function worthTelling(told: number, now: number, limit: number): boolean {
  if (now === told) return false;
  return now === 0 || Math.abs(now - told) * STEPS >= limit;
}
