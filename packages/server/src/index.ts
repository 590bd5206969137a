export type { AdapterChoice } from './adapters/choose.js';
export { ListenError, type ListenErrorCode } from './adapters/listen-error.js';
export { type Application, defineApplication, type Endpoint, type FetchHandler, type SocketOptions } from './application.js';
export { installLogger } from './logger.js';
export type { SlowClientReport } from './reports.js';
export { type NodeConnection, type NodeParts, type RunningApplication, type StartOptions, startApplication } from './start.js';
