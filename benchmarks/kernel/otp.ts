import { spawnSync } from 'node:child_process';
import type { Program } from '../harness/fresh-process.js';
import { cacheFolder, HERE } from '../harness/paths.js';
import type { Case } from './cases.js';
import type { Measured } from './workload.js';

/** The BEAM with one scheduler, running the same work: `peers/otp/bench.erl`, built on demand. */
export class Otp {
  readonly #beams = cacheFolder('otp');

  /** Undefined, with a sentence on stderr, where there is no Erlang/OTP. */
  static find(): Otp | undefined {
    const otp = new Otp();
    const built = spawnSync('erlc', ['-o', otp.#beams, `${HERE}peers/otp/bench.erl`], { encoding: 'utf8' });
    if (built.status === 0 && spawnSync('erl', ['+V']).status === 0) return otp;
    console.error(`Without Erlang/OTP (erl and erlc on the PATH) there are no figures beside ours. ${built.stderr ?? ''}`.trimEnd());
    return undefined;
  }

  program({ otp, otpScale = 1 }: Case): Program {
    const args = ['-noshell', '+S', '1:1', '+P', '5000000', '-pa', this.#beams, '-run', 'bench', 'main', otp ?? '', String(otpScale)];
    return { command: 'erl', args };
  }
}

/** A line of `bench.erl` in the terms of our workloads. */
export function measuredByOtp(line: Readonly<Record<string, unknown>>): Measured {
  const { w, rate, backlog, bytes_heap, bytes_rss, percent, late_p99_us } = line as { w: string } & Record<string, number | undefined>;
  if (bytes_heap !== undefined) return { value: bytes_heap, rss: bytes_rss };
  if (percent !== undefined) return { value: percent };
  if (late_p99_us !== undefined) return { value: late_p99_us, variant: 'fire' };
  const value = rate as number;
  if (w === 'W9') return { value, variant: `backlog ${backlog}` };
  if (w === 'W9call') return { value, variant: `call, backlog ${backlog}` };
  return w.startsWith('W10') ? { value, variant: w.slice(3) } : { value };
}
