export type { ThreadDownReason, ThreadEvents, ThreadsOptions } from './threads.js';
