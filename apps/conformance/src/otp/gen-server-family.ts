import { array, type Json, type JsonObject, number, object, text } from './json.js';
import { inOrder, merge } from './merge.js';
import type { Step } from './play.js';
import type { Stage } from './stage.js';

/** Plays one scenario of the family `gen_server`. */
export async function playGenServer(scenario: JsonObject, stage: Stage): Promise<Step[]> {
  let clients = 0;
  const spawn = (client: Json): Promise<Json> => stage.call(clients++ % stage.count, 'spawn', client);
  for (const client of array(scenario.clients)) await spawn(client);
  await stage.quiet();
  const steps: Step[] = [];
  for (const raw of array(scenario.ops)) {
    const op = object(raw);
    const result = await perform(op, stage, spawn);
    await stage.quiet();
    steps.push(await step(text(op.op), result, stage));
  }
  return steps;
}

async function perform(op: JsonObject, stage: Stage, spawn: (client: Json) => Promise<Json>): Promise<Json> {
  switch (op.op) {
    case 'wait':
      await stage.pass(number(op.ms));
      return 'ok';
    case 'whereis':
      return stage.call(0, 'whereis', op.name as Json);
    case 'spawn_client':
      await spawn(op);
      return 'ok';
    default: {
      const site = await stage.locate(text(op.client));
      return site === undefined ? 'unknown' : stage.call(site, 'handOver', op);
    }
  }
}

async function step(op: string, result: Json, stage: Stage): Promise<Step> {
  const reports = await stage.collect('report');
  const { done, mail, downs, alive } = merge(reports.map(({ notes: _, ...report }) => report));
  const log: { [server: string]: Json[] } = {};
  for (const note of inOrder(reports.map(({ notes }) => notes))) {
    const [server, entry] = array(note);
    (log[text(server)] ??= []).push(entry as Json);
  }
  return { op, result, done, log, mail, downs, alive } as Step;
}
