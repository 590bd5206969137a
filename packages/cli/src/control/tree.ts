import { type ChildInfo, type Pid, Supervisor, sleep } from '@rekindle/kernel';
import { kernel, type Proc, SupervisorServer } from '@rekindle/kernel/internal';

/** Of many children the first so many are shown. */
const SHOWN = 50;
/** A supervisor that does not answer for so long is busy: starting a child, or on a thread that is stuck. */
const PATIENCE_MS = 1000;

/** The supervision tree of this node, all threads, as text. */
export async function supervisionTree(): Promise<string> {
  const roots = [...kernel().processes()].filter(isRoot);
  const lines = await Promise.all(roots.map(({ behaviour, pid }) => below(`${behaviour.name} ${pid}`, pid, '')));
  return lines.flat().join('\n');
}

function isRoot({ instance, parent }: Proc): boolean {
  return instance instanceof SupervisorServer && !(parent?.proc.instance instanceof SupervisorServer);
}

async function below(line: string, pid: Pid, indent: string): Promise<string[]> {
  const children = await Promise.race([Supervisor.whichChildren(pid).catch(() => []), sleep(PATIENCE_MS)]);
  if (children === undefined) return [`${indent}${line}  (busy)`];
  const shown = await Promise.all(children.slice(0, SHOWN).map((child) => ofChild(child, `${indent}  `)));
  const more = children.length > SHOWN ? [`${indent}  ... and ${children.length - SHOWN} more`] : [];
  return [`${indent}${line}`, ...shown.flat(), ...more];
}

function ofChild({ id, pid, type }: ChildInfo, indent: string): Promise<string[]> | string[] {
  const where =
    typeof pid === 'object' && pid !== null ? `${pid}  thread ${(pid as Pid & { thread: number }).thread}` : String(pid ?? 'not running');
  const line = `${id ?? 'child'}  ${where}`;
  return type === 'supervisor' && typeof pid === 'object' && pid !== null ? below(line, pid as Pid, indent) : [`${indent}${line}`];
}
