import { playGenServer } from './gen-server-family.js';
import type { Json, JsonObject } from './json.js';
import { playProcess } from './process-family.js';
import { playRegistry } from './registry-family.js';
import type { Stage } from './stage.js';
import { playSupervisor } from './supervisor-family.js';

export interface Step {
  op: string;
  [field: string]: Json;
}

const families: { readonly [family: string]: (scenario: JsonObject, stage: Stage) => Promise<Step[]> } = {
  gen_server: playGenServer,
  process: playProcess,
  registry: playRegistry,
  supervisor: playSupervisor,
};

/**
 * Plays one scenario. `crossed` counts the signals between threads. `error` and `left` are there only if something is wrong: with
 * the runner, or with what the kernel keeps.
 */
export async function play(scenario: JsonObject, stage: Stage): Promise<Json> {
  const id = scenario.id as string;
  const family = families[scenario.family as string];
  if (family === undefined) return { id, steps: [], error: `unknown family ${String(scenario.family)}` };
  try {
    const before = stage.crossed;
    await stage.open(scenario);
    const steps = await family(scenario, stage);
    const left = await stage.close();
    const crossed = stage.crossed - before;
    return left.length === 0 ? { id, steps, crossed } : { id, steps, crossed, left };
  } catch (error) {
    await stage.close().catch(() => {});
    return { id, steps: [], error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
