import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The channel on which a thread asks to be ended from outside, by its `threadId`. */
export const END_THREAD = 'end a thread';

/** What no longer starts once it is broken. */
type Part = 'module' | 'actor';

/** Threads that come later have to see it, so it is a file that says so, in a folder of this process. */
function marker(part: Part): string {
  const { FAULT_FOLDER } = process.env;
  if (FAULT_FOLDER === undefined) throw new Error('FAULT_FOLDER: expected a folder, it is not set');
  return join(FAULT_FOLDER, `${part} is broken`);
}

export function breakFromNowOn(part: Part): void {
  writeFileSync(marker(part), '');
}

export function throwIfBroken(part: Part): void {
  if (existsSync(marker(part))) throw new Error(`the ${part} is broken`);
}
