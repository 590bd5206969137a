import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { cacheFolder } from '../../harness/paths.js';
import { summary } from '../../harness/statistics.js';
import type { Measured } from '../../kernel/workload.js';
import { startNode } from '../node.js';
import { Echo } from './round-trip.js';

// From the death of a scheduler until a process runs on its replacement: without an application, and with a module of 1 MB, of
// which each scheduler loads what an application's would: the server, channels, the cluster.

const DEATHS = 20;
const MODULE_BYTES = 1_000_000;

function writeApplication(): string {
  const packages = ['kernel', 'channels', 'server', 'cluster', 'threads'].map((name) => import.meta.resolve(`@rekindle/${name}`));
  const lines = packages.map((url, i) => `import * as package${i} from ${JSON.stringify(url)};`);
  let bytes = 0;
  for (let n = 0; bytes < MODULE_BYTES; n++) {
    const line = `export class Account${n} extends package0.GenServer {
  total = 0;
  add(amount) { if (!Number.isFinite(amount)) throw new Error('account ${n}: no amount: ' + amount); return (this.total += amount); }
  close() { const { total } = this; this.total = 0; return { total, text: \`account ${n} is closed with \${total}\` }; }
}`;
    bytes += line.length;
    lines.push(line);
  }
  const file = `${cacheFolder('threads')}/application.mjs`;
  writeFileSync(file, `${lines.join('\n')}\n`);
  return pathToFileURL(file).href;
}

export const replace = (): Promise<Measured> => measure('');
export const replaceLoaded = (): Promise<Measured> => measure(writeApplication());

async function measure(module: string): Promise<Measured> {
  let started = () => {};
  const threads = await startNode(2, { ...(module === '' ? {} : { module }), up: () => started() });
  const times: number[] = [];
  const cpu: number[] = [];
  for (let death = 0; death < DEATHS; death++) {
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    const replaced = new Promise<void>((resolve) => {
      started = resolve;
    });
    threads.kill(threads.running[0] as number);
    await replaced;
    await Echo.start(undefined, { thread: 1 });
    times.push((performance.now() - startedAt) * 1000);
    const { user, system } = process.cpuUsage(cpuBefore);
    cpu.push(user + system);
  }
  return { value: summary(times).median, worst: summary(times).max, cpu: summary(cpu).median };
}
