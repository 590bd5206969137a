import { rendezvous } from './rendezvous.js';

/** A node in its run. */
export type Run = readonly [node: string, incarnation: number];

/** All runs that one node sees, itself too, as a text that is the same on all nodes that see the same. */
export function viewOf(runs: Iterable<Run>): string {
  return Array.from(runs, ([node, incarnation]) => `${node}/${incarnation}`)
    .sort()
    .join(' ');
}

/** The node that decides who gets a name. */
export function arbiterOf(name: string, runs: Iterable<Run>): string {
  return rendezvous(name, runs, ([node]) => node)?.[0] ?? '';
}
