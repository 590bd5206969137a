import { describe, expect, it } from 'vitest';
import { runSoak } from './run-soak.js';

const { SOAK_CLIENTS = '18000', SOAK_SECONDS = '1800' } = process.env;

describe('clients that stay, uws', () => {
  it(`${SOAK_CLIENTS} for ${SOAK_SECONDS} s: all topics are kept, and memory does not grow`, { timeout: 7_200_000 }, async () => {
    const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const result = await runSoak({ adapter: 'uws', clients: Number(SOAK_CLIENTS), seconds: Number(SOAK_SECONDS), rate: 200, seed });
    console.log(JSON.stringify(result));
    expect(result).toMatchObject({ problems: [], lost: 0, left: false });
    expect(result.slopeMiBPer10Min).toBeLessThan(1);
  });
});
