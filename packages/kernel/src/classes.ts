import type { Launchable } from './behaviours/launch.js';
import { MisuseError } from './errors.js';

const byName = new Map<string, Launchable>();

/**
 * Makes process classes known by name, so that they can be started on other threads and nodes. Call it in the module that
 * defines them; every thread loads that module. A class's name is `Class.name`, or its `static className` where two would
 * collide. Classes in `defineApplication` and in socket routes register themselves.
 */
export function register(...classes: readonly Launchable[]): void {
  for (const Class of classes) {
    const name = classNameOf(Class);
    const known = byName.get(name);
    if (known !== undefined && known !== Class) {
      throw new MisuseError('not_registered', `two classes are named '${name}': give one of them \`static className = '...'\``);
    }
    byName.set(name, Class);
  }
}

export function classNameOf(Class: Launchable): string {
  const { className } = Class as { className?: unknown };
  return typeof className === 'string' ? className : Class.name;
}

/** The name that `Class` is found by on another thread. */
export function nameOfClass(Class: Launchable): string {
  const name = classNameOf(Class);
  if (byName.get(name) !== Class) {
    throw new MisuseError(
      'not_registered',
      `class '${name}' cannot be started on another thread, which does not know it: call register(${name}) in the module that defines it`,
    );
  }
  return name;
}

export function classByName(name: string): Launchable | undefined {
  return byName.get(name);
}
