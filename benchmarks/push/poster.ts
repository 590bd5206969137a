import { connect, type Socket } from 'node:net';

const CONNECTIONS = 16;

/** Posts the same body over and over, `total` times, on connections that are kept; resolves when all are answered. */
export async function post(port: number, body: string, key: string, total: number): Promise<void> {
  const request = Buffer.from(
    `POST /api/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  let left = total;
  const run = (socket: Socket): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        if (left-- > 0) socket.write(request);
        else {
          socket.destroy();
          resolve();
        }
      };
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        // One request at a time on each connection, and answers are short: one chunk each.
        if (chunk.toString('latin1', 0, 15) !== 'HTTP/1.1 200 OK') reject(new Error(chunk.toString('latin1', 0, 300)));
        else next();
      });
      socket.once('connect', next);
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, () => run(connect(port, '127.0.0.1'))));
}
