/** A node in its run. */
export type Run = readonly [node: string, incarnation: number];

/** All runs that one node sees, itself too, as a text that is the same on all nodes that see the same. */
export function viewOf(runs: Iterable<Run>): string {
  return Array.from(runs, ([node, incarnation]) => `${node}/${incarnation}`)
    .sort()
    .join(' ');
}

/** The node that decides who gets a name: the same for all who see the same nodes, and another one for few names when one comes or goes. */
export function arbiterOf(name: string, runs: Iterable<Run>): string {
  let best: [weight: number, node: string] = [-1, ''];
  for (const [node] of runs) {
    const weight = hash(`${node} ${name}`);
    if (weight > best[0] || (weight === best[0] && node > best[1])) best = [weight, node];
  }
  return best[1];
}

/** FNV-1a, and then mixed: its highest bits alone are not random enough to compare. */
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
