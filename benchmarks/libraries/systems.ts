import type { Program } from '../harness/fresh-process.js';
import { HERE } from '../harness/paths.js';

/** An actor library, or a floor: the least that anything of the kind has to do. */
export interface System {
  readonly name: string;
  readonly file: string;
  readonly env?: Readonly<Record<string, string>>;
}

export const systems: readonly System[] = [
  { name: 'nact', file: 'nact.mjs' },
  { name: 'xstate', file: 'xstate.mjs', env: { KIND: 'transition' } },
  { name: 'xstateCallback', file: 'xstate.mjs', env: { KIND: 'callback' } },
  { name: 'effect3', file: 'effect.mjs', env: { VER: '3' } },
  { name: 'effect4', file: 'effect.mjs', env: { VER: '4' } },
  { name: 'comedy', file: 'comedy.mjs' },
  { name: 'floorDirectCall', file: 'floor.mjs', env: { KIND: 'direct' } },
  { name: 'floorEventEmitter', file: 'floor.mjs', env: { KIND: 'emitter' } },
  { name: 'floorPromiseChain', file: 'floor.mjs', env: { KIND: 'promiseq' } },
  { name: 'floorSetImmediate', file: 'floor.mjs', env: { KIND: 'immediate' } },
];

export function programOf({ file, env = {} }: System, workload: string): Program {
  return { command: process.execPath, args: ['--expose-gc', `${HERE}peers/programs/${file}`, workload], env };
}
