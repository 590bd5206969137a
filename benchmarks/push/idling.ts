import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { maxConnections } from '../channels/file-limit.js';
import { COLLECT_ON_SIGNAL } from '../channels/servers.js';
import { ROOT } from '../harness/paths.js';

const CLIENTS = 10_000;
/** Clients that come at the same time. */
const AT_ONCE = 50;
const SETTLE_MS = 2000;
const TOPIC = 'plain:idle';

/** How a client comes, and what it has been sent when it has joined. */
interface Way {
  readonly request: string;
  /** Once the WebSocket is open. */
  readonly frame?: Buffer;
  readonly joined: string;
}

export const ways: { readonly [transport in 'sse' | 'websocket']: Way } = {
  sse: { request: `GET /sse?topics=${TOPIC} HTTP/1.1\r\nHost: localhost\r\n\r\n`, joined: '"status":"joined"' },
  websocket: {
    request:
      'GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    frame: textFrame(JSON.stringify(['1', '1', TOPIC, 'phx_join', {}])),
    joined: '"status":"ok"',
  },
};

/** Resident memory of a fresh server for each client that has joined one topic and is silent, in KiB. */
export async function idling(way: Way): Promise<{ readonly clients: number; readonly kibPerClient: number }> {
  const env = { ...process.env, NODE_ENV: 'production', OPTIONS: JSON.stringify({ adapter: 'uws', schedulers: 1 }) };
  const args = ['--expose-gc', '--import', COLLECT_ON_SIGNAL, `${ROOT}apps/lab/dist/push/main.js`];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  const sockets: Socket[] = [];
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        const [, found] = /listening on (\d+)/.exec(text.toString()) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
      child.once('exit', () => reject(new Error('the server has ended')));
    });
    const clients = Math.min(CLIENTS, maxConnections());
    const first = Math.floor(clients / 5);
    const until = async (count: number): Promise<number> => {
      while (sockets.length < count) {
        sockets.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => join(port, way)))));
      }
      return settledKib(child.pid as number, () => child.kill('SIGUSR2'));
    };
    const [before, after] = [await until(first), await until(clients)];
    return { clients, kibPerClient: (after - before) / (clients - first) };
  } finally {
    for (const socket of sockets) socket.destroy();
    stop();
    process.off('exit', stop);
  }
}

/** Garbage is collected first. */
async function settledKib(pid: number, collect: () => void): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collect();
    await wait(SETTLE_MS);
  }
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function join(port: number, { request, frame, joined }: Way): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let text = '';
    const ended = (): void => reject(new Error(`a client was cut off after: ${text.slice(0, 300)}`));
    const read = (piece: Buffer): void => {
      const isFirst = text === '';
      text += piece.toString('latin1');
      if (isFirst && frame !== undefined) socket.write(frame);
      if (!text.includes(joined)) return;
      socket.off('data', read).off('close', ended).resume();
      resolve(socket);
    };
    socket.on('data', read).on('close', ended).on('error', reject);
  });
}

/** A short text as clients send it, masked with zeros. */
function textFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
