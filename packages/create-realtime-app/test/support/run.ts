import { type StartOptions, start } from '@rekindle/e2e';

/** Runs a program to its end. The output; rejects with it when the program fails. */
export async function run(command: string, args: readonly string[], options?: StartOptions): Promise<string> {
  const child = await start(command, args, options);
  const { code, signal } = await child.exited;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}:\n${child.output}`);
  return child.output;
}
