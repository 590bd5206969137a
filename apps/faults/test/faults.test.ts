import { describe, expect, it } from 'vitest';
import { faults } from '../dist/faults.js';
import { problems, runFault } from '../dist/run-fault.js';

// The short form of `npm run faults`, which runs all of them: outcomes with fewer clients. Times are reported by the long one.
const CLIENTS = 30;
const few = [
  'while (true)',
  'endless microtasks',
  'Atomics.wait',
  'JSON.parse of a huge string in a loop',
  'arrays of arrays',
  'everything in one go',
  'one huge filled array',
  'queue of messages to a slow actor',
  'Buffers outside the heap',
  'throws',
  'throws in a timer',
  'process.exit()',
  'worker ended from outside',
  'module that throws when it is loaded again',
  'crash loop',
  'process.abort()',
];

describe('a fault of one actor', () => {
  it.each(few)('%s', { timeout: 120_000 }, async (name) => {
    const fault = faults.find((one) => one.name === name);
    if (fault === undefined) throw new Error(`no fault '${name}'`);
    const result = await runFault(fault, CLIENTS);
    expect(problems(fault, result), result.output.slice(-2_000)).toEqual([]);
  });

  it('of the whole process standing still: nobody is declared stuck', { timeout: 120_000 }, async () => {
    const fault = faults.find(({ signal }) => signal !== undefined) as (typeof faults)[number];
    const result = await runFault(fault, CLIENTS);
    expect(problems(fault, result), result.output.slice(-2_000)).toEqual([]);
    expect(result.threadsReplaced).toBe(0);
  });
});
