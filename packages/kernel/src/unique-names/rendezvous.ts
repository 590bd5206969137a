/**
 * The candidate that a key falls to: the same for all who see the same candidates, and another one for few keys when one comes or
 * goes (highest random weight). Undefined if there is none.
 */
export function rendezvous<T>(key: string, candidates: Iterable<T>, nameOf: (candidate: T) => string): T | undefined {
  let best: { readonly candidate: T; readonly name: string; readonly weight: number } | undefined;
  for (const candidate of candidates) {
    const name = nameOf(candidate);
    const weight = hash(`${name} ${key}`);
    if (best === undefined || weight > best.weight || (weight === best.weight && name > best.name)) best = { candidate, name, weight };
  }
  return best?.candidate;
}

/** FNV-1a, and then mixed: its highest bits alone are not random enough to compare. */
function hash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
