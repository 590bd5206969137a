#!/usr/bin/env node
// node keep.mjs SCENARIOS TRACES TRACES... : prints the scenarios whose recordings are equal and of use, each with its trace, as
// `{"scenario","trace"}` lines; says on stderr how many were left out.
import { readFileSync } from 'node:fs';

const [scenarios, ...recordings] = process.argv.slice(2).map((file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line)),
);

/** Without what is not compared: orders that are left open, and what a client finished in the step in which it ended. */
function settled({ id, steps }) {
  const bag = (list) => list.map((item) => JSON.stringify(item)).sort();
  const open = ({ unordered, events, downs, done, ...step }) => ({
    ...step,
    ...(events === undefined ? {} : { events: unordered ? bag(events) : events }),
    downs: unordered ? bag(downs) : downs,
    ...(done === undefined ? {} : { done: Object.fromEntries(Object.entries(done).filter(([client]) => !(client in downs))) }),
  });
  return JSON.stringify({ id, steps: steps.map(open) });
}

/** False if a process uses a label or a reference that was never made, or gives up an alias in the turn that made it. */
function makesSense({ family, ops }, { steps }) {
  if (family !== 'process') return true;
  if (JSON.stringify(steps).includes('no_such_process_label')) return false;
  const made = new Map();
  return ops.every(({ acts }, at) => {
    const { result } = steps[at];
    if (!Array.isArray(result)) return true;
    return acts.slice(0, result.length).every(([act, a, b]) => {
      if (act === 'monitor') made.set(b, at);
      if (act === 'alias') made.set(a, at);
      if (act === 'spawn' && b.monitor !== undefined) made.set(b.monitor, at);
      if (act === 'unalias') return made.has(a) && made.get(a) < at;
      const used = { demonitor: a, send: a.alias, receive: a.ref }[act];
      return used === undefined || made.has(used);
    });
  });
}

const left = { broken: 0, senseless: 0, unequal: 0 };
for (const [i, scenario] of scenarios.entries()) {
  const traces = recordings.map((recording) => recording[i]);
  if (traces.some((trace) => trace === undefined || 'oracle_error' in trace)) left.broken++;
  else if (!makesSense(scenario, traces[0])) left.senseless++;
  else if (new Set(traces.map(settled)).size > 1) left.unequal++;
  else process.stdout.write(`${JSON.stringify({ scenario, trace: traces[0] })}\n`);
}
console.error('left out', left);
