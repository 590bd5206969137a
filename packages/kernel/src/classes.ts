import { type Launchable, makeBehaviour } from './behaviours/launch.js';
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

/** For a class that another thread or node has named, and that has not been registered here. */
export function unknownClass(name: string): string {
  return `class '${name}' is not known on this thread: call register(${name}) in the module that defines it`;
}

const ELSEWHERE: unique symbol = Symbol('elsewhere');

/** Stands for a class that only other threads have loaded: the gateway starts application children without their code. */
export function classElsewhere(name: string): Launchable {
  class Elsewhere {
    static readonly className = name;
    static readonly [ELSEWHERE] = true;
    static [makeBehaviour](): never {
      throw new MisuseError('not_registered', unknownClass(name));
    }
  }
  return Elsewhere;
}

/** The name under which a class goes into a message. It is registered here, so that it can come back. */
export function travellingName(Class: Launchable): string {
  if (!(ELSEWHERE in Class)) register(Class);
  return classNameOf(Class);
}

/** The name that `Class` is found by on another thread. */
export function nameOfClass(Class: Launchable): string {
  const name = classNameOf(Class);
  if (ELSEWHERE in Class) return name;
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
