export { Agent, type AgentTarget } from './agents/agent.js';
export { type AnyApplication, Application, type ApplicationClass } from './applications/application.js';
export {
  type ApplicationInfo,
  type ApplicationsExit,
  type ApplicationsOptions,
  type ApplicationType,
  type RunningApplications,
  startApplications,
} from './applications/start-applications.js';
export {
  callers,
  cancelTimer,
  demonitor,
  exit,
  isAlive,
  link,
  monitor,
  monitorNodes,
  nodes,
  processes,
  processFlag,
  processInfo,
  registerName as registerProcess,
  self,
  send,
  sendAfter,
  sendInterval,
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
export type { Body, Handler, SpawnOptions } from './behaviours/spawn.js';
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
export type { MultiCallResult } from './calls/multi-call.js';
export { RequestId, type Response, sendRequest, waitResponse } from './calls/response.js';
export { register } from './classes.js';
export { type Entities, type EntitiesOptions, type Entity, entities } from './entities/entities.js';
export type { EntityHost, EntityHostSpec } from './entities/entity-host.js';
export {
  CallError,
  type CallErrorCode,
  type MisuseCode,
  MisuseError,
  StartError,
  type StartErrorCode,
  TaskError,
  type TaskErrorCode,
} from './errors.js';
export {
  EventHandler,
  type HandlerApi,
  type HandlerArgs,
  type HandlerExit,
  type HandlerSpec,
  type SwapOptions,
} from './events/event-handler.js';
export { EventManager, type EventTarget, HandlerError, type HandlerErrorCode } from './events/event-manager.js';
export type { RemoveHandler, SwapHandler } from './events/handler-outcome.js';
export { describeReason, type ExitReason, isOrderly, type Shutdown } from './exit-reason.js';
export type { Name, Via } from './identity/name.js';
export type { Pid } from './identity/pid.js';
export type { Down, Exit, Idle, MonitorRef, Rejected, SystemMessage, Unsent } from './messages.js';
export { type From, type Ignore, ignore, type Next, NoReply, noreply, Outcome, Reply, reply, Stop, stop } from './outcome.js';
export type { Alias, AliasMode } from './process/alias.js';
export type { MailboxBound, MailboxPolicy } from './process/bound.js';
export { measureBusyTime } from './process/busy-time.js';
export type { ProcessInfo, ProcessStatus } from './process/info.js';
export { attributeStrays } from './process/strays.js';
export { type GroupEvent, pg, Scope } from './registry/pg.js';
export { type KeyedEntry, Registry, type RegistryEntry, type RegistryEvent, type RegistryOptions } from './registry/registry.js';
export type { NodeDown, NodeUp } from './remote/nodes.js';
export type {
  ClusterReport,
  CrashReport,
  MailboxAlarm,
  ProgressReport,
  ReportedChild,
  StrayErrorReport,
  SupervisorReport,
  TraceReport,
  UnknownMessageReport,
} from './reports.js';
export { GenStateMachine } from './state-machine/gen-state-machine.js';
export { type Answer, type Postpone, Transition, type TransitionOptions } from './state-machine/transition.js';
export type { Inserted, MachineTypes, StateHandlers, States } from './state-machine/types.js';
export type { BackoffOptions } from './supervision/backoff.js';
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
export type { DynamicOptions } from './supervision/dynamic-children.js';
export { type DynamicChild, type DynamicOptionsOf, DynamicSupervisor } from './supervision/dynamic-supervisor.js';
export { type PartitionOptions, type PartitionSpec, PartitionSupervisor, partitioned } from './supervision/partition-supervisor.js';
export type { AutoShutdown, Strategy } from './supervision/restart.js';
export { type SupervisorOptions, type SupervisorSpec, supervise } from './supervision/supervise.js';
export { ChildError, Supervisor, type SupervisorRef } from './supervision/supervisor.js';
export type { Statistics } from './sys/debug.js';
export { type StateChange, type StateOf, sys } from './sys/sys.js';
export type { Status } from './sys/system-request.js';
export type { TracedMessage, TraceEvent, TraceMessage } from './sys/trace-event.js';
export type { OwnerOptions } from './tasks/owner.js';
export type { StreamBody, StreamOptions, StreamResult } from './tasks/stream-options.js';
export { Task, type TaskValues } from './tasks/task.js';
export type { TaskBody } from './tasks/task-process.js';
export type { TaskReply, TaskResult } from './tasks/task-result.js';
export { type SupervisedOptions, type TaskChildOptions, TaskSupervisor, type TaskSupervisorOptions } from './tasks/task-supervisor.js';
export type { YieldedTask, YieldManyOptions } from './tasks/yield-many.js';
export { transfer } from './transfer.js';
export { clusterName, clusterNames, fencingToken } from './unique-names/cluster-via.js';
export { Singleton, type SingletonOptions, type SingletonSpec, singleton } from './unique-names/singleton.js';
export type { FencingToken } from './unique-names/token.js';
