import { spawnSync } from 'node:child_process';
import type { Program } from '../harness/fresh-process.js';
import { cacheFolder, HERE } from '../harness/paths.js';

/** The BEAM with two schedulers, doing the same work: `peers/otp/threads.erl`, built on demand. Undefined without Erlang/OTP. */
export function otpWithTwoSchedulers(): ((workload: string) => Program) | undefined {
  const beams = cacheFolder('otp-threads');
  const built = spawnSync('erlc', ['-o', beams, `${HERE}peers/otp/threads.erl`], { encoding: 'utf8' });
  if (built.status !== 0 || spawnSync('erl', ['+V']).status !== 0) {
    console.error(`Without Erlang/OTP (erl and erlc on the PATH) there are no figures beside ours. ${built.stderr ?? ''}`.trimEnd());
    return undefined;
  }
  return (workload) => ({ command: 'erl', args: ['-noshell', '+S', '2:2', '-pa', beams, '-run', 'threads', 'main', workload] });
}
