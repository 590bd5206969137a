import type { ExitReason, MonitorRef, Pid } from '@rekindle/kernel';
import { ProcessId } from '@rekindle/kernel/internal';
import type { Json, JsonObject } from './json.js';
import { encode } from './values.js';
import type { World } from './world.js';

/** A plain message between a scenario's processes. */
export interface Said {
  readonly type: 'msg';
  readonly from: string;
  readonly value: unknown;
}

/** A message as the recordings print it, with its source. `names`: what a monitor by name was set on. */
export function encodeMessage(message: unknown, world: World): [source: string, printed: Json[]] {
  const { type } = message as { type: string };
  if (type === 'msg') {
    const { from, value } = message as Said;
    return [from, ['msg', encode(value, world)]];
  }
  if (type === 'EXIT') {
    const { pid, reason } = message as { pid: Pid; reason: ExitReason };
    return [world.label(pid), ['EXIT', encode(reason, world)]];
  }
  const { ref, pid, reason } = message as { ref: MonitorRef; pid: Pid; reason: ExitReason };
  const source = pid instanceof ProcessId ? world.label(pid) : `name:${(pid as unknown as { target: string }).target}`;
  return [source, [type, world.refLabel(ref), encode(reason, world)]];
}

/** `{receiver: {source: [message...]}}` with the orders that OTP does not define taken out. */
export function bySource(messages: readonly unknown[], world: World): JsonObject {
  const grouped = new Map<string, Json[][]>();
  for (const message of messages) {
    const [source, printed] = encodeMessage(message, world);
    grouped.set(source, [...(grouped.get(source) ?? []), printed]);
  }
  return Object.fromEntries([...grouped].map(([source, list]) => [source, sortRuns(list)]));
}

/** Neighbouring EXIT and DOWN of one source have no defined order. */
function sortRuns(list: Json[][]): Json[] {
  const sorted: Json[] = [];
  let run: Json[][] = [];
  const flush = (): void => {
    sorted.push(...run.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)));
    run = [];
  };
  for (const item of list) {
    if (item[0] === 'msg') {
      flush();
      sorted.push(item);
    } else run.push(item);
  }
  flush();
  return sorted;
}
