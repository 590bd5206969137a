import type { Workload } from './workload.js';

/** Loaded one at a time: the gateway compiles nothing else. */
export const workloads: Readonly<Record<string, () => Promise<Workload>>> = {
  oneWay: async () => (await import('./workloads/one-way.js')).oneWay,
  roundTrip: async () => (await import('./workloads/round-trip.js')).roundTrip,
  idleCpu: async () => (await import('./workloads/idle-cpu.js')).idleCpu,
  spread: async () => (await import('./workloads/spread.js')).spread,
  spawnRemote: async () => (await import('./workloads/spawn-remote.js')).spawnRemote,
  replace: async () => (await import('./workloads/replace.js')).replace,
  replaceLoaded: async () => (await import('./workloads/replace.js')).replaceLoaded,
};
