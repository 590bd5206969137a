import { MemoryBroker } from '@rekindle/cluster/internal';
import { VirtualHost } from '@rekindle/testing';
import fc from 'fast-check';
import { MemoryNames } from './memory-names.js';
import { randomNumbers } from './random.js';
import { pass, SimulatedNode } from './simulation.js';

export const NAMES = ['a', 'b', 'c'] as const;
export type Name = (typeof NAMES)[number];

/** So that a failing seed fails again. */
class SeededHost extends VirtualHost {
  readonly #numbers: (limit: number) => number;
  constructor(seed: number) {
    super();
    this.#numbers = randomNumbers(seed);
  }
  override random(): number {
    return this.#numbers(2 ** 32) / 2 ** 32;
  }
}

/** Some nodes on one broker in memory, and a clock that is moved by hand. */
export class World {
  readonly host: VirtualHost;
  readonly broker: MemoryBroker;
  /** Where names are written down with `registry: 'kv'`. */
  readonly names: MemoryNames | undefined;
  readonly nodes = new Map<Name, SimulatedNode>();
  /** All runs that ever were. */
  readonly runs: SimulatedNode[] = [];
  #incarnations = 0;

  constructor(seed: number, maxDelayMs = 20, registry: 'gossip' | 'kv' = 'gossip') {
    this.host = new SeededHost(seed);
    this.broker = new MemoryBroker(this.host, { seed, maxDelayMs });
    this.names = registry === 'kv' ? new MemoryNames(this.host, maxDelayMs) : undefined;
    for (const name of NAMES) this.start(name);
  }

  start(name: Name): SimulatedNode {
    this.nodes.get(name)?.kill();
    const node = new SimulatedNode(this.host, this.broker, name, ++this.#incarnations, this.names);
    this.nodes.set(name, node);
    this.runs.push(node);
    return node;
  }

  node(name: Name): SimulatedNode {
    return this.nodes.get(name) as SimulatedNode;
  }

  get living(): SimulatedNode[] {
    return [...this.nodes.values()].filter((node) => node.alive);
  }

  pass(ms: number): Promise<void> {
    return pass(this.host, ms);
  }

  /** Does to the nodes what networks and machines do. */
  async suffer(fault: Fault): Promise<void> {
    if (fault.what === 'pass') await this.pass(fault.ms);
    else if (fault.what === 'heal') this.heal();
    else if (fault.what === 'loss') this.broker.loss = fault.loss;
    else if (fault.what === 'duplication') this.broker.duplication = fault.duplication;
    else if (fault.what === 'restart') {
      this.start(fault.node);
      await this.pass(0);
    } else if (fault.what === 'partition') this.partition([fault.node]);
    else if (this.node(fault.node).alive) {
      if (fault.what === 'cut') this.node(fault.node).transport.cut();
      else if (fault.what === 'restore') this.node(fault.node).transport.restore();
      else this.node(fault.node)[fault.what]();
    }
  }

  /** These do not reach the others, nor where names are written down. */
  partition(names: readonly Name[] | null): void {
    this.broker.partition(names);
    if (this.names !== undefined) this.names.cutOff = new Set(names);
  }

  heal(): void {
    this.broker.loss = 0;
    this.broker.duplication = 0;
    this.partition(null);
    for (const node of this.living) {
      if (node.frozen) node.thaw();
      node.transport.restore();
    }
  }
}

const node = fc.constantFrom(...NAMES);

export type Fault =
  | { readonly what: 'pass'; readonly ms: number }
  | { readonly what: 'cut' | 'restore' | 'freeze' | 'thaw' | 'kill' | 'restart' | 'partition'; readonly node: Name }
  | { readonly what: 'heal' }
  | { readonly what: 'loss'; readonly loss: number }
  | { readonly what: 'duplication'; readonly duplication: number };

/** Of the faults that a schedule is made of, each with its weight. */
export const faults = [
  { weight: 6, arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.constantFrom(1, 20, 100, 700, 2000, 6000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom('cut' as const, 'restore' as const, 'freeze' as const, 'thaw' as const), node }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('kill' as const, 'restart' as const, 'partition' as const), node }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('heal' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('loss' as const), loss: fc.constantFrom(0, 0.05, 0.5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('duplication' as const), duplication: fc.constantFrom(0, 0.05, 0.5, 1) }),
  },
] satisfies fc.WeightedArbitrary<Fault>[];
