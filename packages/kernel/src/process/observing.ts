/** Whether something surrounds each turn of a process: its time is measured, its stray errors are to be known. Off, it costs nothing but this look. */
export let observing = false;

const reasons = new Set<'time' | 'strays'>();

export function observe(reason: 'time' | 'strays', on: boolean): void {
  if (on) reasons.add(reason);
  else reasons.delete(reason);
  observing = reasons.size > 0;
}
