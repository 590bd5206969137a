import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ROOT } from '../harness/paths.js';
import { post } from './poster.js';

const KEY = 'a-key-of-the-benchmark-0123456789';

/** Programs that take what is published, on a port that they print. */
export const publishers = {
  ours: {
    file: `${ROOT}apps/push-service/dist/main.js`,
    env: {
      PORT: '0',
      HOST: '127.0.0.1',
      ADAPTER: 'uws',
      SCHEDULERS: '1',
      PUBLIC_TOPICS: '*',
      PUBLISH_KEYS: JSON.stringify([{ name: 'bench', key: KEY, topics: ['*'] }]),
    },
  },
  bare: { file: `${ROOT}benchmarks/dist/push/bare.js`, env: {} },
};

export interface Published {
  readonly requestsPerS: number;
  /** Processor time of the server for one request. */
  readonly serverUs: number;
}

/** One fresh server, and `total` requests of that body after a warm-up. */
export async function publishing(
  { file, env }: { readonly file: string; readonly env: object },
  body: string,
  total: number,
): Promise<Published> {
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        const [, found] = /listening on (\d+)/.exec(text.toString()) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
      child.once('exit', () => reject(new Error(`${file} has ended`)));
    });
    await post(port, body, KEY, total / 4);
    const [before, began] = [cpuUs(child.pid as number), performance.now()];
    await post(port, body, KEY, total);
    const seconds = (performance.now() - began) / 1000;
    return { requestsPerS: total / seconds, serverUs: (cpuUs(child.pid as number) - before) / total };
  } finally {
    stop();
    process.off('exit', stop);
  }
}

/** Processor time of a process so far, of all its threads. */
export function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
