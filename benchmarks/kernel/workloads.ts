import type { Workload } from './workload.js';

/** Loaded one at a time, so that a process compiles and optimizes nothing but the workload it runs. */
export const workloads: Readonly<Record<string, () => Promise<Workload>>> = {
  spawn: async () => (await import('./workloads/spawn.js')).workload,
  spawnMonitor: async () => (await import('./workloads/spawn-monitor.js')).workload,
  pingPong: async () => (await import('./workloads/ping-pong.js')).info,
  pingPongCast: async () => (await import('./workloads/ping-pong.js')).cast,
  pingPongGenerator: async () => (await import('./workloads/ping-pong.js')).generator,
  pingPongAsync: async () => (await import('./workloads/ping-pong.js')).asynchronous,
  pingPongBusy: async () => (await import('./workloads/ping-pong-busy.js')).workload,
  ring: async () => (await import('./workloads/ring.js')).workload,
  fanIn: async () => (await import('./workloads/fan-in.js')).workload,
  broadcast: async () => (await import('./workloads/broadcast.js')).workload,
  call: async () => (await import('./workloads/call.js')).one,
  callParallel: async () => (await import('./workloads/call.js')).parallel,
  skynet: async () => (await import('./workloads/skynet.js')).workload,
  restart: async () => (await import('./workloads/restart.js')).killed,
  restartCrash: async () => (await import('./workloads/restart.js')).crashed,
  idleProcess: async () => (await import('./workloads/idle.js')).handler,
  idleProcessGenerator: async () => (await import('./workloads/idle.js')).generator,
  idleProcessAsync: async () => (await import('./workloads/idle.js')).asynchronous,
  idleGenServer: async () => (await import('./workloads/idle.js')).genServer,
  timers: async () => (await import('./workloads/timers.js')).workload,
  selectiveReceive: async () => (await import('./workloads/selective-receive.js')).workload,
  strays: async () => (await import('./workloads/strays.js')).workload,
  alsCost: async () => (await import('./workloads/als-cost.js')).workload,
};
