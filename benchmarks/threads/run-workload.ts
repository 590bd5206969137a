// The fresh process in which one workload runs: node run-workload.js NAME
import { workloads } from './workloads.js';

const name = process.argv[2] ?? '';
const load = workloads[name];
if (load === undefined) throw new Error(`no workload '${name}'`);
const run = await load();
for (const one of [await run()].flat()) console.log(JSON.stringify(one));
process.exit();
