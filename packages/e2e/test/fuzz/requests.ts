import { type Dice, mutated } from './dice.js';
import { fuzzFrame } from './frames.js';

const UPGRADE = ['upgrade: websocket', 'connection: Upgrade', 'sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='];

function query(dice: Dice, id: string): string {
  const parts = [`vsn=${dice.pick(['2.0.0', '2.0.0', '1.0.0', '3', '', '%'])}`, `user_id=${id}`];
  if (dice.chance(0.2))
    parts.push(dice.pick(['token=x', 'reject=true', 'a[b][c]=d', '__proto__[x]=1', 'a[]=1&a[]=2', '%ff=%00', '&&=&', 'a[=b']));
  return parts.join('&');
}

/** The text of an HTTP request: long-polls, upgrades, the application's own routes, things that are nowhere. */
export function fuzzRequest(dice: Dice, id: string): Buffer {
  const method = dice.pick(['GET', 'GET', 'POST', 'POST', 'OPTIONS', 'PUT', 'HEAD', 'BREW']);
  const paths = [
    '/tiny/longpoll',
    '/tiny/longpoll',
    '/tiny/websocket',
    '/socket/websocket',
    `/_broadcast/room:${id}-1/said`,
    '/_token/a',
  ] as const;
  const path = dice.pick([...paths, '/', '/../../etc/passwd', '/%2e%2e/%00', '/tiny', '/tiny/longpoll/', `/${'x'.repeat(3000)}`, '*']);
  const target = `${path}?${query(dice, id)}`;
  const headers = [dice.pick(['host: localhost', 'host: localhost', 'host: ', 'host: [::1', 'host: a b'])];
  if (path.endsWith('websocket') || dice.chance(0.05)) headers.push(...UPGRADE.filter(() => dice.chance(0.9)));
  if (dice.chance(0.1)) headers.push(`sec-websocket-protocol: ${dice.pick(['phoenix', 'phoenix, base64url.bearer.phx.eA', ',', 'other'])}`);
  if (dice.chance(0.1)) headers.push(`origin: ${dice.pick(['null', 'http://evil.example', '://', 'http://localhost'])}`);
  if (dice.chance(0.1)) headers.push(`x-phoenix-longpoll-token: ${dice.hex(16)}`);
  if (dice.chance(0.1)) headers.push(`x-forwarded-for: ${dice.pick(['1.2.3.4', ',,,', '::::', 'x'.repeat(500)])}`);
  if (dice.chance(0.05)) headers.push(`range: ${dice.pick(['bytes=0-1', 'bytes=-', 'bytes=9-1', 'x'])}`);
  let body = Buffer.alloc(0);
  if (method === 'POST' || dice.chance(0.05)) {
    body = Buffer.concat([
      fuzzFrame(dice, id, '2.0.0').bytes,
      Buffer.from('\n'),
      Buffer.from(fuzzFrame(dice, id, '2.0.0').bytes.toString('base64')),
    ]);
    headers.push(`content-type: ${dice.pick(['application/x-ndjson', 'application/json', ''])}`);
    headers.push(
      dice.chance(0.9)
        ? `content-length: ${body.length}`
        : dice.pick(['content-length: -1', 'content-length: 99', 'transfer-encoding: chunked']),
    );
  }
  const whole = Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`), body]);
  return dice.chance(0.3) ? mutated(dice, whole) : whole;
}
