import { array, type Json, type JsonObject, object, text } from './json.js';
import { merge } from './merge.js';
import type { Step } from './play.js';
import type { Stage } from './stage.js';

/** Plays one scenario of the family `process`. */
export async function playProcess(scenario: JsonObject, stage: Stage): Promise<Step[]> {
  for (const [i, proc] of array(scenario.procs).entries()) await stage.call(i % stage.count, 'spawn', proc);
  await stage.quiet();
  const names = [...namesIn(scenario)].sort();
  const steps: Step[] = [];
  for (const raw of array(scenario.ops)) {
    const op = object(raw);
    let result: Json = 'ok';
    if (op.op === 'wait') await stage.pass(op.ms as number);
    else result = await act(op, stage);
    await stage.quiet();
    const reports = await stage.collect('report', { hold: op.hold ?? false, names });
    const { recv, downs, alive, links } = merge(reports);
    steps.push({ op: text(op.op), result, recv, downs, alive, links, names: object(reports[0]?.names) } as Step);
  }
  return steps;
}

async function act(op: JsonObject, stage: Stage): Promise<Json> {
  const site = await stage.locate(text(op.p));
  if (site === undefined) return 'unknown';
  const refused = await stage.call(site, 'act', op);
  if (refused !== null) return refused;
  await stage.quiet();
  return stage.call(site, 'results');
}

function namesIn(value: Json): Set<string> {
  const names = new Set<string>();
  const visit = (item: Json): void => {
    if (Array.isArray(item)) {
      if (item[0] === 'register') names.add(text(item[1]));
      item.forEach(visit);
    } else if (typeof item === 'object' && item !== null) {
      if (typeof item.name === 'string') names.add(item.name);
      Object.values(item).forEach(visit);
    }
  };
  visit(value);
  return names;
}
