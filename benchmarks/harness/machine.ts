import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { ROOT } from './paths.js';

/** What a figure depends on besides the code. */
export function machine(): Record<string, unknown> {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' });
  return {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    load1m: loadavg()[0],
    commit: commit.status === 0 ? commit.stdout.trim() : undefined,
    at: new Date().toISOString(),
  };
}
