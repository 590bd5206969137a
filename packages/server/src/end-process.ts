import { print } from './logger.js';

/** `EX_SOFTWARE`: the process manager should start it again. */
export const EXIT_FATAL = 70;

let ending = false;

/**
 * Ends the process with `code`. Node waits for its threads when it exits, so when native code holds some of them the process kills
 * itself instead, which gives 137. Only the first call counts.
 */
export async function endProcess(code: number, endThreads: () => Promise<number>): Promise<void> {
  if (ending) return;
  ending = true;
  const held = await endThreads();
  if (held === 0) process.exit(code);
  print('error', `native code holds ${held} ${held === 1 ? 'thread' : 'threads'}: ending with SIGKILL instead of code ${code}`);
  process.kill(process.pid, 'SIGKILL');
}
