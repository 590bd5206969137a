import { array, type Json, type JsonObject, object, text } from './json.js';
import { inOrder } from './merge.js';
import type { Step } from './play.js';
import type { Stage } from './stage.js';

/** Plays one scenario of the family `supervisor`. */
export async function playSupervisor(scenario: JsonObject, stage: Stage): Promise<Step[]> {
  const steps: Step[] = [];
  await stage.call(0, 'start');
  await stage.quiet();
  steps.push(await step('start', await stage.call(0, 'result'), stage));

  for (const raw of array(scenario.ops)) {
    const op = object(raw);
    const name = text(op.op);
    if (name === 'wait') {
      await stage.pass(op.ms as number);
      steps.push(await step(name, 'ok', stage));
      continue;
    }
    const pending = perform(op, stage);
    if (op.nowait === true) {
      steps.push({ op: name, result: await pending, nowait: true });
      continue;
    }
    let answered = false;
    void pending.finally(() => {
      answered = true;
    });
    while (!answered) await stage.quiet();
    const result = await pending;
    await stage.quiet();
    steps.push(await step(name, result, stage));
  }
  return steps;
}

async function step(op: string, result: Json, stage: Stage): Promise<Step> {
  const reports = await stage.collect('report');
  return {
    op,
    result,
    events: inOrder(reports.map(({ events }) => events)),
    downs: inOrder(reports.map(({ downs }) => downs)),
    alive: reports.flatMap(({ alive }) => array(alive)).sort(),
  };
}

/** What is asked of a process comes from the next site, if there are several, as far as it can cross to another thread. */
async function perform(op: JsonObject, stage: Stage): Promise<Json> {
  const label = text(op.target ?? op.sup);
  const site = await stage.locate(label);
  if (site === undefined) return 'unknown';
  const other = (site + 1) % stage.count;
  switch (op.op) {
    case 'child_do':
    case 'signal': {
      const alive = await stage.call(site, 'isAlive', label);
      if (op.op === 'child_do') await stage.call(other, 'cast', op);
      else if (op.from === 'parent') await stage.call(0, 'parentSignal', op);
      else await stage.call(other, 'signal', op);
      return alive === true ? 'ok' : 'dead';
    }
    case 'get_childspec':
      return stage.call(site, 'admin', op);
    default:
      // a child's start function stays on its thread
      return stage.call(op.child !== undefined && op.op === 'start_child' ? site : other, 'admin', op);
  }
}
