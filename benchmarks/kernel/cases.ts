import type { Unit } from '../question.js';

export interface Case {
  readonly name: string;
  readonly unit: Unit;
  /** The workload of `peers/otp/bench.erl` beside it. */
  readonly otp?: string;
  readonly otpScale?: number;
}

export const cases: readonly Case[] = [
  { name: 'spawn', unit: '1/s', otp: 'W1' },
  { name: 'spawnMonitor', unit: '1/s', otp: 'W1m' },
  { name: 'pingPong', unit: '1/s', otp: 'W3' },
  { name: 'pingPongCast', unit: '1/s', otp: 'W3' },
  { name: 'pingPongGenerator', unit: '1/s', otp: 'W3' },
  { name: 'pingPongAsync', unit: '1/s', otp: 'W3' },
  { name: 'pingPongBusy', unit: '%', otp: 'W3b' },
  { name: 'ring', unit: '1/s', otp: 'W4' },
  { name: 'fanIn', unit: '1/s', otp: 'W5' },
  { name: 'broadcast', unit: '1/s', otp: 'W6' },
  { name: 'call', unit: '1/s', otp: 'W7' },
  { name: 'callParallel', unit: '1/s', otp: 'W7par' },
  { name: 'skynet', unit: '1/s', otp: 'W11' },
  { name: 'restart', unit: '1/s', otp: 'W8s' },
  { name: 'restartCrash', unit: '1/s', otp: 'W8se' },
  { name: 'idleProcess', unit: 'B', otp: 'W2' },
  { name: 'idleProcessGenerator', unit: 'B', otp: 'W2' },
  { name: 'idleProcessAsync', unit: 'B', otp: 'W2' },
  { name: 'idleGenServer', unit: 'B', otp: 'W2gs', otpScale: 0.3 },
  { name: 'timers', unit: '1/s', otp: 'W10' },
  { name: 'selectiveReceive', unit: '1/s', otp: 'W9' },
  { name: 'strays', unit: '%' },
  { name: 'alsCost', unit: '%' },
];
