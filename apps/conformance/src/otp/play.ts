import { playGenServer } from './gen-server-family.js';
import type { Json, JsonObject } from './json.js';
import { playProcess } from './process-family.js';
import { playRegistry } from './registry-family.js';
import { playSupervisor } from './supervisor-family.js';
import { type Step, World } from './world.js';

const families: { [family: string]: (scenario: JsonObject, world: World) => Promise<Step[]> } = {
  gen_server: playGenServer,
  process: playProcess,
  registry: playRegistry,
  supervisor: playSupervisor,
};

/** Plays one scenario in a kernel of its own. */
export async function play(scenario: JsonObject): Promise<Json> {
  const world = new World();
  await world.open();
  try {
    const family = families[scenario.family as string];
    if (family === undefined) return { id: scenario.id as string, steps: [], error: 'unknown family' };
    return { id: scenario.id as string, steps: await family(scenario, world) };
  } catch (error) {
    return { id: scenario.id as string, steps: [], error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    world.close();
  }
}
