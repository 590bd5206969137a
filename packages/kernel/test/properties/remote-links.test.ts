import { exit, isAlive, type Pid } from '@rekindle/kernel';
import { installKernel, linksOf, type ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { afterEach, describe, it } from 'vitest';
import { Cluster, type Member } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';
import { check } from '../support/property.js';

afterEach(() => {
  installKernel(null);
});

type Op =
  | { readonly op: 'verb'; readonly verb: 'link' | 'unlink' | 'monitor'; readonly from: number; readonly to: number }
  | { readonly op: 'kill'; readonly who: number }
  | { readonly op: 'lane'; readonly held: boolean; readonly direction: 0 | 1 }
  | { readonly op: 'quiet' };

const number = fc.nat({ max: 3 });
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      op: fc.constant('verb'),
      verb: fc.constantFrom('link', 'link', 'unlink', 'unlink', 'monitor'),
      from: number,
      to: number,
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('kill'), who: number }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('lane'), held: fc.boolean(), direction: fc.constantFrom(0, 1) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('quiet') }) },
);

/** Two processes on each of two kernels. */
class Play {
  readonly cluster = new Cluster(2);
  readonly #members = this.cluster.members as readonly [Member, Member];
  readonly #probes = [0, 1, 2, 3].map((i) => this.#member(i).probe({ trapExit: true }));

  async run(ops: readonly Op[]): Promise<void> {
    for (const op of ops) await this.#act(op);
    for (const [from, to] of this.#directions()) this.cluster.release(from, to);
    await this.cluster.quiet();
  }

  async #act(op: Op): Promise<void> {
    if (op.op === 'quiet') return this.cluster.quiet();
    if (op.op === 'lane') {
      const [from, to] = this.#directions()[op.direction] as [Member, Member];
      if (op.held) this.cluster.hold(from, to);
      else this.cluster.release(from, to);
    } else if (op.op === 'kill') {
      exit(this.probe(op.who).pid, 'kill');
    } else if (isAlive(this.probe(op.from).pid)) {
      const { verb, from, to } = op;
      await this.probe(from).do((context) => void context[verb](this.#member(from).see(this.probe(to).pid)));
    }
  }

  probe(i: number): Probe {
    return this.#probes[i] as Probe;
  }

  /** The links that a process has, as numbers of processes. */
  links(i: number): number[] {
    const { proc } = this.probe(i).pid as ProcessId;
    if (!proc.alive) return [];
    const numbers = linksOf(proc).map((pid) => this.#probes.findIndex((probe) => this.#member(i).see(probe.pid) === (pid as Pid)));
    return numbers.sort();
  }

  endAll(): Promise<void> {
    for (const { pid } of this.#probes) exit(pid, 'kill');
    return this.cluster.quiet();
  }

  get remembered(): boolean {
    return this.#directions().some(([a, b]) => a.remembers(b));
  }

  #member(i: number): Member {
    return this.#members[i < 2 ? 0 : 1];
  }

  #directions(): [Member, Member][] {
    const [a, b] = this.#members;
    return [
      [a, b],
      [b, a],
    ];
  }
}

describe('links between kernels', () => {
  it('are the same seen from both sides, however signals cross, and leave nothing behind', async () => {
    await check(200, fc.array(op, { maxLength: 30 }), async (ops) => {
      const play = new Play();
      installKernel((play.cluster.members[0] as Member).kernel);
      await play.run(ops);
      for (let a = 0; a < 4; a++) {
        for (const b of play.links(a)) {
          if (!play.links(b).includes(a)) throw new Error(`${a} is linked to ${b}, ${b} is not linked to ${a}`);
        }
      }
      await play.endAll();
      if (play.remembered) throw new Error('something is remembered');
    });
  });
});
