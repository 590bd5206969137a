import type { Unit } from '../question.js';

export interface Case {
  readonly name: string;
  readonly unit: Unit;
  /** Whether `peers/otp/threads.erl` does the same. */
  readonly otp?: true;
}

export const cases: readonly Case[] = [
  { name: 'oneWay', unit: '1/s', otp: true },
  { name: 'roundTrip', unit: 'us', otp: true },
  { name: 'idleCpu', unit: '%' },
  { name: 'spread', unit: '1/s' },
  { name: 'spawnRemote', unit: '1/s' },
  { name: 'replace', unit: 'us' },
  { name: 'replaceLoaded', unit: 'us' },
];
