import type { Unit } from '../question.js';

export interface Case {
  readonly name: string;
  readonly unit: Unit;
  /** What the peers' programs call it. */
  readonly workload: string;
  /** Our workload for it; default: of the same name. */
  readonly ours?: string;
  readonly variant?: string;
}

export const cases: readonly Case[] = [
  { name: 'spawn', unit: '1/s', workload: 'W1' },
  { name: 'pingPong', unit: '1/s', workload: 'W3' },
  { name: 'ring', unit: '1/s', workload: 'W4' },
  { name: 'fanIn', unit: '1/s', workload: 'W5' },
  { name: 'broadcast', unit: '1/s', workload: 'W6' },
  { name: 'call', unit: '1/s', workload: 'W7' },
  { name: 'skynet', unit: '1/s', workload: 'W11' },
  { name: 'restart', unit: '1/s', workload: 'W8', ours: 'restartCrash' },
  { name: 'timers', unit: '1/s', workload: 'W10', variant: 'cancel' },
  { name: 'idleProcess', unit: 'B', workload: 'W2' },
];
