import { describe, expect, it } from 'vitest';
import { runSoak } from './run-soak.js';

const CLIENTS = 500;
const SECONDS = 15;

describe.each(['uws', 'node'] as const)('clients that stay, %s', (adapter) => {
  it(`${CLIENTS} for ${SECONDS} s, with crashes, leaves and lost connections: all topics are kept, nothing is left`, {
    timeout: 120_000,
  }, async () => {
    const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`SOAK_SEED=${seed} repeats the choices`);
    const result = await runSoak({ adapter, clients: CLIENTS, seconds: SECONDS, rate: 100, seed });
    console.log(`${adapter}: ${JSON.stringify(result)}`);
    expect(result).toMatchObject({ problems: [], lost: 0, left: false });
    expect(Math.min(...Object.values(result.events))).toBeGreaterThan(20);
  });
});
