// What runs on each scheduler: the processes of all workloads, which register themselves.
import './workloads/one-way.js';
import './workloads/round-trip.js';
import './workloads/spawn-remote.js';
import './workloads/spread.js';

export interface SchedulerData {
  readonly module: string | null;
}

export async function loadScheduler({ module }: SchedulerData): Promise<void> {
  if (module !== null) await import(module);
}

export async function startScheduler(): Promise<null> {
  return null;
}
