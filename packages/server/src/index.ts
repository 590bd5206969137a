export type { AdapterChoice } from './adapters/choose.js';
export { ListenError, type ListenErrorCode } from './adapters/listen-error.js';
export {
  type Application,
  type DrainerOptions,
  defineApplication,
  type Endpoint,
  type FetchHandler,
  type SocketOptions,
  type StaticOptions,
  type TlsOptions,
} from './application.js';
export type { Counters } from './gateway/counters.js';
export type { Limits } from './limits.js';
export { installLogger } from './logger.js';
export type { PublishKey, PublishOptions } from './publish/publish-options.js';
export type { NodeConnection, NodeParts, RunningApplication, StartOptions } from './start.js';
export { startApplication } from './start-application.js';
export { StopError } from './stop-stages.js';
export type { WebhookEventType, WebhookOptions } from './webhooks/webhook-options.js';
