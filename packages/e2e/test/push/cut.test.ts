import { describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';
import { builds, chance, Watcher } from './watcher.js';

// Official clients whose lines are cut at random while numbers are published. CUT_SEED repeats a choice of cuts.

const BATCHES = 100;
const BATCH = 100;
const LAST = BATCHES * BATCH;
/** How far a client may fall behind: less than what the topic keeps. */
const BEHIND = 1000;
const seed = Number(process.env.CUT_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.each([
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
] as const)(`cuts, CUT_SEED=${seed}, $adapter, schedulers: $schedulers`, (options) => {
  it('of 10,000 numbers on a recoverable topic every client sees each once and in order', async () => {
    const random = chance(seed);
    const server = await startPush(options);
    const watchers = await Promise.all(Object.values(builds).map((Socket) => Watcher.open(() => server.port, Socket, LAST)));
    const control = await RawClient.connect(server.port);
    let joined = await control.join('control');
    try {
      for (let batch = 0; batch < BATCHES; batch++) {
        const publish = { topics: ['match:cut', 'plain:cut'], first: batch * BATCH + 1, count: BATCH };
        const published = control.push('control', 'publish', publish, joined);
        for (const { proxy } of watchers) if (random() < 0.15) proxy.cut();
        expect(await published).toMatchObject({ status: 'ok' });
        // Who is cut off for longer than the topic remembers is told so, which is another test's business.
        await Promise.all(watchers.map((watcher) => watcher.hasKept((batch + 1) * BATCH - BEHIND)));
        if (batch === BATCHES / 2 && options.schedulers > 0) {
          // The thread that serves everybody dies: the sockets stay, the channels are joined again.
          control.send(JSON.stringify([joined, 'die', 'control', 'die', {}]));
          await control.next(([, , topic, event]) => topic === 'control' && event === 'phx_error');
          joined = await control.join('control');
        }
      }
      await Promise.all(watchers.map(({ done }) => done));
      const all = Array.from({ length: LAST }, (_, i) => i + 1);
      const shown = watchers.map(({ kept, plain, lost, proxy }, i) => {
        expect(kept).toEqual(all);
        expect(lost).toEqual([]);
        expect(new Set(plain).size).toBe(plain.length);
        return `${Object.keys(builds)[i]}: ${proxy.cuts} cuts, ${LAST - plain.length} lost on the plain topic`;
      });
      const cuts = watchers.reduce((sum, { proxy }) => sum + proxy.cuts, 0);
      expect(cuts).toBeGreaterThan(10);
      expect((await server.counters()).recovered).toBeGreaterThanOrEqual(cuts / 4);
      console.log(`${options.adapter}, schedulers: ${options.schedulers}: ${shown.join('; ')}`);
    } finally {
      for (const watcher of watchers) watcher.close();
      control.close();
      await server.stop();
    }
  }, 60_000);
});
