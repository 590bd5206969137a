import type { ProcessId } from '../identity/pid.js';
import type { RemoteName } from '../identity/remote-name.js';
import { Cast } from '../messages.js';
import { deliver } from '../process/deliver.js';
import { DEAD, ELSEWHERE } from '../process/flags.js';
import { sendCast } from '../remote/outbound.js';

export function castTo(pid: ProcessId | RemoteName, name: string, args: readonly unknown[]): void {
  const { proc } = pid;
  if ((proc.flags & ELSEWHERE) !== 0) sendCast(pid, name, args);
  else if ((proc.flags & DEAD) === 0) {
    const { codec } = proc.kernel;
    deliver(proc, new Cast(name, codec === null ? args : (codec.copy(args) as unknown[])));
  }
}
