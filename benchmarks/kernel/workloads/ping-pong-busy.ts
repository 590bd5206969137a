import { type Context, processes } from '@rekindle/kernel';
import { summary } from '../../harness/statistics.js';
import { inProcess } from '../in-process.js';
import { collect } from '../memory.js';
import { expectEqual, type Measured, type Workload } from '../workload.js';
import { spawnIdle } from './idle.js';
import { byInfo, play } from './ping-pong.js';

const COMPANY = 1_000_000;
const GAMES = 5;

async function median(context: Context<number>, rounds: number): Promise<number> {
  const games: Measured[] = [];
  for (let game = 0; game < GAMES; game++) games.push(await play(context, byInfo, rounds));
  return summary(games.map(({ value }) => value)).median;
}

/** Ping-pong alone, then among a million idle processes. */
export const workload: Workload = {
  size: 1_000_000,
  warmUp: 100_000,
  run: (rounds, warmingUp) =>
    inProcess<number, Measured>(async (context) => {
      const alone = await median(context, rounds);
      const before = processes().length;
      const company = await spawnIdle(warmingUp ? 1000 : COMPANY);
      await collect();
      const busy = await median(context, rounds);
      expectEqual('company alive', processes().length >= before + company.length, true);
      return { value: (busy / alone) * 100, alonePerS: alone, busyPerS: busy };
    }),
};
