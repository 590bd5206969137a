import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Refusal } from '../question.js';
import { HERE } from './paths.js';

/** The packages that are measured beside ours; big, so they are installed when first needed. */
export function installPeers(): void {
  if (existsSync(`${HERE}peers/node_modules/.modules.yaml`)) return;
  console.error('Installing the peers (about 240 MB, once) ...');
  const { status } = spawnSync(process.execPath, [`${HERE}peers/install.mjs`], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Refusal('The peers could not be installed: node benchmarks/peers/install.mjs says why.');
}
