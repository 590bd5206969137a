import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// What a test starts ends with the test process, also when that one is killed and can clean up nothing: a shell in a process group
// of its own reads what there is, and kills and removes it when its input ends.

const GUARD = `
trap '' INT TERM HUP
pids=
while read -r word rest; do
  case $word in
    kill) pids="$pids $rest" ;;
    spare) left=; for pid in $pids; do [ "$pid" = "$rest" ] || left="$left $pid"; done; pids=$left ;;
    remove) set -- "$@" "$rest" ;;
  esac
done
for pid in $pids; do kill -9 "-$pid" 2>/dev/null; done
[ $# -eq 0 ] || rm -rf "$@"
`;

let input: Socket | undefined;

function tell(line: string): void {
  if (input === undefined) {
    const guard = spawn('sh', ['-c', GUARD], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    guard.unref();
    input = guard.stdin as Socket; // a pipe is one, and the test process must not stay alive for it
    input.unref();
  }
  input.write(`${line}\n`);
}

/** Kills this process group when the test process ends. */
export function guardGroup(pid: number): void {
  tell(`kill ${pid}`);
}

export function spareGroup(pid: number): void {
  tell(`spare ${pid}`);
}

/** Removes this folder when the test process ends. */
export function guardFolder(path: string): void {
  tell(`remove ${path}`);
}
