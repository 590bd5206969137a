import { MisuseError } from '../errors.js';

/** Something that needs others to have been started before it. */
export interface Dependent<T> {
  readonly name: string;
  readonly applications?: readonly T[];
}

/** All that is to be started for `wanted`, each after what it depends on, otherwise as listed. A circle throws `bad_option`. */
export function startOrder<T extends Dependent<T>>(wanted: readonly T[]): T[] {
  const order = new Set<T>();
  const visit = (one: T, path: readonly T[]): void => {
    if (order.has(one)) return;
    const at = path.indexOf(one);
    if (at >= 0) {
      const circle = [...path.slice(at), one].map(({ name }) => name).join(' -> ');
      throw new MisuseError('bad_option', `applications that depend on each other cannot be started: ${circle}`);
    }
    for (const needed of one.applications ?? []) visit(needed, [...path, one]);
    order.add(one);
  };
  for (const one of wanted) visit(one, []);
  return [...order];
}
