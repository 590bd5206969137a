// The fresh process in which one workload runs: node --expose-gc run-workload.js NAME
import { collect } from './memory.js';
import { workloads } from './workloads.js';

const name = process.argv[2] ?? '';
const load = workloads[name];
if (load === undefined) throw new Error(`no workload '${name}'`);
const { size, warmUp, run } = await load();
if (warmUp > 0) for (let pass = 0; pass < 2; pass++) await run(warmUp, true);
await collect();
const before = process.cpuUsage();
const measured = [await run(size, false)].flat();
const { user, system } = process.cpuUsage(before);
for (const one of measured) console.log(JSON.stringify(measured.length > 1 ? one : { ...one, cpuMs: Math.round((user + system) / 1000) }));
process.exit();
