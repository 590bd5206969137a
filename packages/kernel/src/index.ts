export {
  cancelTimer,
  demonitor,
  exit,
  isAlive,
  link,
  monitor,
  monitorNodes,
  nodes,
  processes,
  registerName as registerProcess,
  self,
  send,
  sendAfter,
  sleep,
  spawn,
  spawnLink,
  spawnMonitor,
  trapExit,
  unlink,
  unregisterName,
  whereis,
} from './bare-verbs.js';
export { Context, type ReceiveFn } from './behaviours/context.js';
export { GenServer } from './behaviours/gen-server.js';
export { Process, type TimerRef } from './behaviours/process.js';
export type { Receive } from './behaviours/receiver.js';
export type { Body, SpawnOptions } from './behaviours/spawn.js';
export type {
  After,
  AnyProcess,
  Api,
  Args,
  InfoOf,
  InitArg,
  Later,
  Ref,
  ReplyOf,
  StartArgs,
  Started,
  StartOptions,
  Thread,
  Types,
} from './behaviours/types.js';
export { register } from './classes.js';
export { CallError, type CallErrorCode, type MisuseCode, MisuseError, StartError, type StartErrorCode } from './errors.js';
export { describeReason, type ExitReason, isOrderly, type Shutdown } from './exit-reason.js';
export type { Name, Via } from './identity/name.js';
export type { Pid } from './identity/pid.js';
export type { Down, Exit, Idle, MonitorRef, SystemMessage } from './messages.js';
export { type From, type Ignore, ignore, type Next, NoReply, noreply, Outcome, Reply, reply, Stop, stop } from './outcome.js';
export type { Alias, AliasMode } from './process/alias.js';
export { type GroupEvent, pg, Scope } from './registry/pg.js';
export { Registry, type RegistryEntry, type RegistryEvent, type RegistryOptions } from './registry/registry.js';
export type { NodeDown, NodeUp } from './remote/nodes.js';
export type { ClusterReport, CrashReport, StrayErrorReport, SupervisorReport } from './reports.js';
export type {
  Child,
  ChildOptions,
  Children,
  ChildSpec,
  CustomChild,
  Restart,
  Shutdown as ChildShutdown,
  StartFunction,
} from './supervision/child-spec.js';
export type { ChildAdminCode, ChildCounts, ChildInfo } from './supervision/children.js';
export { DynamicSupervisor } from './supervision/dynamic-supervisor.js';
export type { AutoShutdown, Strategy } from './supervision/restart.js';
export { type SupervisorOptions, type SupervisorSpec, supervise } from './supervision/supervise.js';
export { ChildError, Supervisor, type SupervisorRef } from './supervision/supervisor.js';
export { transfer } from './transfer.js';
