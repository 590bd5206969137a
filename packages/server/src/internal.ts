// For sibling packages: not part of the public API, may change in any release.

export { uwsProblem } from './adapters/choose.js';
export { parseProxyHeader } from './adapters/proxy-protocol.js';
export type { SocketSpec } from './endpoint-spec.js';
export { Connection } from './gateway/connection.js';
export { Rows } from './gateway/rows.js';
export { crash as describeCrash, print, supervisor as describeSupervisorReport } from './logger.js';
export { readPublish } from './publish/publish-request.js';
export { redact } from './redact.js';
export { webhookSpec } from './webhooks/webhook-options.js';
export { type WebhookBatch, WebhookQueue } from './webhooks/webhook-queue.js';
export { retryAfterMs } from './webhooks/webhook-sender.js';
export { isWebhookSecret, signatureHeaders } from './webhooks/webhook-signature.js';
export { Webhooks } from './webhooks/webhooks.js';
