import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** The key in a secret; null if it is none. */
function keyOf(secret: string): Buffer | null {
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(secret.slice(PREFIX.length))) return null;
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return key.length >= MIN_BYTES && key.length <= MAX_BYTES ? key : null;
}

export function isWebhookSecret(secret: string): boolean {
  return keyOf(secret) !== null;
}

/** The headers by which a receiver knows a request for ours, and for a recent one: those of the Standard Webhooks specification. */
export function signatureHeaders(secret: string, id: string, body: string, now: number): { [header: string]: string } {
  const timestamp = String(Math.floor(now / 1000));
  const key = keyOf(secret) ?? Buffer.alloc(0);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
