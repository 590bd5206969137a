/** The first and the second part of a fencing token. */
export type Token = readonly [epoch: number, revision: number];

interface Of {
  readonly name: string;
  readonly node: string;
  readonly owner: string;
  readonly token: Token;
}

/** As they came to the resource. Times are of one machine's clock. */
export type NameEvent =
  | (Of & { readonly type: 'granted'; readonly askedAt: number; readonly grantedAt: number })
  /** The owner did something, which the resource accepted or not. */
  | (Of & {
      readonly type: 'act';
      readonly accepted: boolean;
      readonly sentAt: number;
      /** Its process had just stood still: stopped, or without a processor. */
      readonly hasStoodStill: boolean;
    });

export type Act = NameEvent & { readonly type: 'act' };

export function compareTokens([epochA, revisionA]: Token, [epochB, revisionB]: Token): number {
  return epochA - epochB || revisionA - revisionB;
}

/** Something outside of the cluster that refuses whoever is not the latest owner it knows of. */
export class FencedResource {
  readonly #latest = new Map<string, { readonly token: Token; readonly owner: string }>();

  accepts({ name, token, owner }: Pick<Act, 'name' | 'token' | 'owner'>): boolean {
    const latest = this.#latest.get(name);
    const later = latest === undefined ? 1 : compareTokens(token, latest.token);
    if (later < 0 || (later === 0 && latest?.owner !== owner)) return false;
    this.#latest.set(name, { token, owner });
    return true;
  }
}

/** What is wrong whoever decided about the names: acts that were accepted after those of a later owner. */
export function acceptedWithOlderToken(history: readonly NameEvent[]): Act[] {
  const latest = new Map<string, Act>();
  return history.filter((event): event is Act => {
    if (event.type !== 'act' || !event.accepted) return false;
    const before = latest.get(event.name);
    const later = before === undefined ? 1 : compareTokens(event.token, before.token);
    if (later >= 0) latest.set(event.name, event);
    return later < 0 || (later === 0 && event.owner !== before?.owner);
  });
}

/** Acts of an owner after a later one had acted, by the clock of those who acted: what only the resource can stop. */
export function actsAfterLaterOwner(history: readonly NameEvent[]): Act[] {
  const latest = new Map<string, Token>();
  const acts = history.filter((event): event is Act => event.type === 'act');
  return [...acts]
    .sort((a, b) => a.sentAt - b.sentAt || compareTokens(a.token, b.token))
    .filter(({ name, token }) => {
      const before = latest.get(name);
      if (before === undefined || compareTokens(token, before) >= 0) latest.set(name, token);
      return before !== undefined && compareTokens(token, before) < 0;
    });
}

/** What is wrong where an arbiter decides: two owners with one token, and grants that were asked for after another one was made and are not later. */
export function grantsOutOfOrder(history: readonly NameEvent[]): string[] {
  const grants = history.filter((event) => event.type === 'granted');
  const wrong: string[] = [];
  for (const [i, a] of grants.entries()) {
    for (const b of grants.slice(i + 1)) {
      if (a.name !== b.name) continue;
      const order = compareTokens(a.token, b.token);
      const said = `${a.name}: ${a.owner} has ${a.token}, ${b.owner} has ${b.token}`;
      if (order === 0) wrong.push(`the same token: ${said}`);
      // The clock counts milliseconds.
      if (a.grantedAt + 1 < b.askedAt && order > 0) wrong.push(`asked for later: ${said}`);
      if (b.grantedAt + 1 < a.askedAt && order < 0) wrong.push(`asked for earlier: ${said}`);
    }
  }
  return wrong;
}
