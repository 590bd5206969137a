const OLDEST: readonly [major: number, minor: number] = [20, 19];

export class NodeTooOld extends Error {
  override readonly name = 'NodeTooOld';
  readonly code = 'node_too_old';
}

/** Throws `node_too_old` for a Node on which nothing here was ever tried. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new NodeTooOld(`Rekindle needs Node ${OLDEST.join('.')} or newer, this is ${version}`);
}
