// For sibling packages: not part of the public API, may change in any release.
export { FIRST_APPLICATION_FRAME, FrameReader, FrameWriter } from './frames.js';
export { type FrameHandler, Lane } from './lane.js';
export type { Scheduler, SchedulerEntry, SchedulerHost } from './scheduler.js';
export { ThreadCarrier } from './thread-carrier.js';
export { type ThreadDownReason, type ThreadEvents, Threads, type ThreadsOptions } from './threads.js';
