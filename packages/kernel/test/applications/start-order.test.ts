import { Application, startApplications, supervise } from '@rekindle/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

/** Applications that depend on some of those before them. */
const graph = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc.tuple(...Array.from({ length: size }, (_, i) => fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, i - 1) }), { maxLength: i }))),
  );

describe('the order of starts', () => {
  it('puts each after what it depends on, starts nothing twice, and is turned round for the stops', async () => {
    await check(50, fc.tuple(graph, fc.infiniteStream(fc.nat())), async ([dependencies, picks]) => {
      const world = new World();
      await world.open();
      const log: string[] = [];
      const classes: (new () => Application)[] = [];
      for (const [i, needed] of dependencies.entries()) {
        class App extends Application {
          static override readonly applications = needed.map((at) => classes[at] as never);
          override children() {
            log.push(`+${i}`);
            return supervise({ children: [] });
          }
          override stopped(): void {
            log.push(`-${i}`);
          }
        }
        Object.defineProperty(App, 'className', { value: `App${i}` });
        classes.push(App);
      }
      const wanted = classes.filter(() => ((picks.next().value as number) & 1) === 1);
      const running = await startApplications(wanted);
      const started = log.map((entry) => Number(entry.slice(1)));
      expect(new Set(started).size).toBe(started.length);
      for (const Class of wanted) expect(started).toContain(classes.indexOf(Class));
      for (const [at, i] of started.entries()) {
        for (const needed of dependencies[i] as number[]) expect(started.slice(0, at)).toContain(needed);
      }
      log.length = 0;
      expect(await running.stop()).toEqual({ code: 0 });
      expect(log).toEqual(started.reverse().map((i) => `-${i}`));
      expect(world.alive).toBe(0);
      world.close();
    });
  });
});
