import { spawn } from 'node:child_process';

/** Runs a command in a folder. Resolves to what went wrong, or to undefined. */
export function runIn(folder: string, command: string, quiet = false): Promise<string | undefined> {
  return new Promise((resolve) => {
    // With a shell, because on Windows package managers are scripts. The commands are ours: nothing in them comes from the user.
    const child = spawn(command, { cwd: folder, shell: true, stdio: quiet ? 'ignore' : 'inherit' });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : signal === null ? `it ended with code ${code}` : `${signal}`));
  });
}
