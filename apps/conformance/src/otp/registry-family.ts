import { array, type Json, type JsonObject, object, text } from './json.js';
import type { Step } from './play.js';
import type { Stage } from './stage.js';

/** Plays one scenario of the family `registry`. Scenarios take turns between the sites, each is on one. */
export async function playRegistry(scenario: JsonObject, stage: Stage): Promise<Step[]> {
  const site = [...text(scenario.id)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % stage.count;
  for (const proc of array(scenario.procs)) await stage.call(site, 'spawn', proc);
  await stage.quiet();
  const steps: Step[] = [];
  for (const raw of array(scenario.ops)) {
    const op = object(raw);
    const result = await perform(op, site, stage);
    await stage.quiet();
    steps.push({ op: text(op.op), result, ...object(await stage.call(site, 'report')) });
  }
  return steps;
}

async function perform(op: JsonObject, site: number, stage: Stage): Promise<Json> {
  if (op.op === 'spawn') {
    await stage.call(site, 'spawn', { id: op.p as Json });
    return 'ok';
  }
  const result = await stage.call(site, 'perform', op);
  if (result !== null) return result;
  await stage.quiet();
  return stage.call(site, 'result');
}
