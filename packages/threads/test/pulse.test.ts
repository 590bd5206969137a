import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ForeignPulse, pulseMemory } from '../dist/pulse.js';
import { HandsNode, on } from './support/hands.js';

const RESTS = 1;

/** A thread that has nothing but a pulse; it does what it is told for so many milliseconds. */
function patient() {
  const memory = pulseMemory();
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    const { Pulse } = await import(workerData.module);
    const pulse = new Pulse(workerData.memory, workerData.restMs, () => parentPort.postMessage('beat'));
    parentPort.on('message', ([what, ms]) => {
      if (what === 'hurry') pulse.hurry();
      else if (what === 'work') {
        const until = performance.now() + ms;
        const turn = () => { if (performance.now() < until) setImmediate(turn); else parentPort.postMessage('worked'); };
        turn();
      }
    });
    parentPort.postMessage('ready');
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { module: new URL('../dist/pulse.js', import.meta.url).href, memory, restMs: 60_000 },
  });
  const pulse = new ForeignPulse(memory, () => worker.performance.eventLoopUtilization().idle);
  const words = new Int32Array(memory);
  return {
    worker,
    pulse,
    get count() {
      return Atomics.load(words, 0);
    },
    rested: () => expect.poll(() => Atomics.load(words, RESTS), { timeout: 20_000 }).toBe(1),
    says: async (what: string): Promise<void> => {
      for (;;) if ((await once(worker, 'message'))[0] === what) return;
    },
  };
}

describe('a thread’s pulse', () => {
  it('pauses while there is nothing to do, and still gives a sign of life', async () => {
    const { worker, pulse, rested, says } = patient();
    await says('ready');
    const before = pulse.sign;
    await rested();
    const resting = pulse.sign;
    expect(resting).toBeGreaterThan(before);
    await expect.poll(() => pulse.sign).toBeGreaterThan(resting);
    await worker.terminate();
  });

  it('gives no sign while it is stuck', async () => {
    const [resting, stuck] = [patient(), stuckThread()];
    await Promise.all([resting.rested(), once(stuck.worker, 'message')]);
    const { sign } = stuck.pulse;
    for (let i = 0; i < 5; i++) {
      const before = resting.pulse.sign;
      await expect.poll(() => resting.pulse.sign).toBeGreaterThan(before);
      expect(stuck.pulse.sign).toBe(sign);
    }
    await Promise.all([resting.worker.terminate(), stuck.worker.terminate()]);
  });

  it('is quick again at once when the gateway has seen the thread work', async () => {
    const one = patient();
    await one.says('ready');
    await one.rested();
    one.pulse.worksResting(performance.now());
    one.worker.postMessage(['work', 300]);
    await one.says('worked');
    expect(one.pulse.worksResting(performance.now())).toBe(true);
    const { count } = one;
    one.worker.postMessage(['hurry', 0]);
    // The next one of its own would come in a minute.
    await one.says('beat');
    await one.says('beat');
    expect(one.count).toBeGreaterThanOrEqual(count + 2);
    await one.worker.terminate();
  });
});

/** A thread that says that it is there, and never does anything again. */
function stuckThread() {
  const memory = pulseMemory();
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    new Int32Array(workerData)[0] = 1;
    parentPort.postMessage('stuck');
    for (;;);
  `;
  const worker = new Worker(source, { eval: true, workerData: memory });
  return { worker, pulse: new ForeignPulse(memory, () => worker.performance.eventLoopUtilization().idle) };
}

describe('a scheduler that has rested', () => {
  it('is not taken for stuck while it works without a pause, and is found when it is', async () => {
    const node = new HandsNode({ schedulers: 1, stuckAfterMs: 600 });
    await node.threads.start();
    const hand = await node.hand(0);
    const work = (restMs: number): Promise<boolean> =>
      on(
        hand,
        async (_self, _modules, restMs) => {
          await new Promise((resolve) => setTimeout(resolve, restMs));
          const until = performance.now() + 1_500;
          return new Promise<boolean>((resolve) => {
            const turn = (): void => {
              if (performance.now() < until) setImmediate(turn);
              else resolve(true);
            };
            turn();
          });
        },
        restMs,
      );
    // Rest comes after a second with little to do.
    expect(await work(1_500)).toBe(true);
    expect(node.downs).toEqual([]);
    void on(hand, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      for (;;);
    }).catch(() => {});
    await node.until(() => node.downs.length === 1);
    expect(node.downs).toMatchObject([{ reason: 'stuck' }]);
    await node.until(() => node.threads.running.length === 1);
    await node.stop();
  });
});
