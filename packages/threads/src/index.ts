export { BlockingError, type BlockingErrorCode, type BlockingModule, type BlockingOptions, blocking } from './blocking/blocking.js';
export { SharedCounter } from './shared/counter.js';
export { type PersistentTerm, persistentTerm } from './shared/persistent-term.js';
export { Table, type TableOptions } from './shared/table.js';
export { TableError, type TableErrorCode } from './shared/table-error.js';
export type { ThreadDownReason, ThreadEvents, ThreadsOptions } from './threads-options.js';
