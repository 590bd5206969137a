import { MisuseError } from '../errors.js';

/** The fields of a process object that can be seen from outside. */
export function fieldsOf(instance: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(instance));
}

/** Overwrites fields; there must be such fields already. */
export function assignFields(instance: object, fields: unknown): void {
  if (typeof fields !== 'object' || fields === null) {
    throw new MisuseError('badarg', `expected an object with fields of ${instance.constructor.name}, got ${String(fields)}`);
  }
  for (const name of Object.keys(fields)) {
    if (Object.hasOwn(instance, name)) continue;
    const known = Object.keys(instance).join(', ') || 'none';
    throw new MisuseError('badarg', `${instance.constructor.name} has no field '${name}' that sys can see; it has: ${known}`);
  }
  Object.assign(instance, fields);
}
