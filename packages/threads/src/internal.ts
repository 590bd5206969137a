// For sibling packages: not part of the public API, may change in any release.
export { OwnBell } from './bell.js';
export { FIRST_APPLICATION_FRAME, FrameReader, FrameWriter } from './frames.js';
export { connectThreads, type FrameHandler, Lane, type LaneEvents } from './lane.js';
export { Lanes } from './lanes.js';
export { RestartLimit } from './restart-limit.js';
export type { Scheduler, SchedulerEntry, SchedulerHost } from './scheduler.js';
export { ThreadCarrier } from './thread-carrier.js';
export { Threads } from './threads.js';
export type { ResourceLimits, ThreadDownReason, ThreadEvents, ThreadsOptions } from './threads-options.js';
export { MAX_TICK_MS, Watchdog } from './watchdog.js';
