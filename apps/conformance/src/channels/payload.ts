/** A payload that lacks what the event needs: in Elixir no clause matches. */
export class NoClause extends Error {
  override readonly name = 'NoClause';
}

export function fields(payload: unknown, ...needed: string[]): { readonly [field: string]: unknown } {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload) || payload instanceof Uint8Array) {
    throw new NoClause('expected an object');
  }
  for (const field of needed) if (!Object.hasOwn(payload, field)) throw new NoClause(`expected the field ${field}`);
  return payload as { readonly [field: string]: unknown };
}

export function integer(value: unknown): number {
  if (!Number.isInteger(value)) throw new NoClause('expected an integer');
  return value as number;
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new NoClause('expected a text');
  return value;
}

export function bytes(payload: unknown): Uint8Array {
  if (!(payload instanceof Uint8Array)) throw new NoClause('expected a binary payload');
  return payload;
}
