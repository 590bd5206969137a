// npm run chaos [-- NAME]: the chaos tests of the cluster, or those whose file name has that in it. On built output.
import { spawnSync } from 'node:child_process';

const names = process.argv.slice(2);
const folder = 'packages/cluster/test/chaos/';
const filters = names.length === 0 ? [folder] : names.map((name) => folder + name);
const { status } = spawnSync('npx', ['vitest', 'run', '--maxWorkers=1', ...filters], { stdio: 'inherit' });
process.exit(status ?? 1);
