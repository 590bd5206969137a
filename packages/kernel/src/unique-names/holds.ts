import type { Address } from '../identity/address.js';
import type { ProcessId } from '../identity/pid.js';
import { attach, detach, Owned } from '../process/owned.js';
import { condemn } from '../process/signals.js';
import type { Change, ReplicatedTable, Row } from '../replication/rows.js';
import { compareHolds, decodeToken, encodeToken, type FencingToken, type Hold } from './token.js';

/** A name that a process of this thread has; ends with it. */
class OwnHold extends Owned implements Hold {
  readonly name: string;
  readonly pid: ProcessId;
  token: FencingToken;
  readonly #ended: (hold: OwnHold) => void;

  constructor(name: string, pid: ProcessId, token: FencingToken, ended: (hold: OwnHold) => void) {
    super();
    this.name = name;
    this.pid = pid;
    this.token = token;
    this.#ended = ended;
    attach(pid.proc, this);
  }

  override release(): void {
    this.#ended(this);
  }
}

/** What becomes of a process whose name a later owner has. */
export interface Conflict {
  readonly name: string;
  readonly loser: ProcessId;
  readonly winner: ProcessId;
}

/** Who has which unique name, on all threads and nodes, as this thread knows it. */
export class Holds implements ReplicatedTable {
  /** Of each name all holds that are known, the latest first: more than one only until a conflict is over. */
  readonly #holds = new Map<string, Hold[]>();
  readonly #own = new Map<string, OwnHold>();
  readonly #conflict: (conflict: Conflict) => void;
  /** The highest revision that was seen. */
  #revision = 0;
  /** The highest epoch that was seen. */
  epoch = 0;
  tell: ((change: Change) => void) | null = null;

  constructor(conflict: (conflict: Conflict) => void) {
    this.#conflict = conflict;
  }

  holder(name: string): Hold | undefined {
    return this.#holds.get(name)?.[0];
  }

  names(): string[] {
    return [...this.#holds.keys()];
  }

  /**
   * Later than all that were seen. And than those that were not, as far as clocks agree: whoever is given the name on the other side of
   * a split, or after all nodes have been started again, is not refused because of the number.
   */
  nextToken(wallTimeMs: number): FencingToken {
    this.#revision = Math.max(this.#revision + 1, Math.floor(wallTimeMs));
    return { epoch: 0, revision: this.#revision };
  }

  /** The name is this process's. False if it has ended meanwhile. `tell`: whether others have to hear of it. */
  take(name: string, pid: ProcessId, token: FencingToken, tell = true): boolean {
    if (!pid.proc.alive) return false;
    const hold = new OwnHold(name, pid, token, (it) => this.#giveUp(it));
    this.#own.set(name, hold);
    this.#put(name, hold);
    if (tell) this.tell?.({ type: 'add', rows: [rowOf(name, hold)] });
    this.#settle(name);
    return true;
  }

  giveUp(name: string): void {
    const hold = this.#own.get(name);
    if (hold === undefined) return;
    detach(hold);
    this.#giveUp(hold);
  }

  /** If the process of this thread still has the name, it ends. */
  forfeit(name: string, pid: ProcessId): void {
    const own = this.#own.get(name);
    if (own?.pid !== pid) return;
    this.giveUp(name);
    condemn(pid.proc, { lease_lost: name });
  }

  /** If the process of this thread still has the name, it has it with this token from now on. */
  renew(name: string, pid: ProcessId, token: FencingToken): void {
    const own = this.#own.get(name);
    if (own?.pid !== pid) return;
    own.token = token;
    this.#takeOut(name, (hold) => hold === own);
    this.#put(name, own);
    this.tell?.({ type: 'add', rows: [rowOf(name, own)] });
    this.#settle(name);
  }

  #giveUp(hold: OwnHold): void {
    const { name } = hold;
    this.#own.delete(name);
    this.#takeOut(name, (other) => other === hold);
    this.tell?.({ type: 'remove', rows: [rowOf(name, hold)] });
  }

  // ---------------------------------------------------------------- elsewhere

  *rows(): Iterable<Row> {
    for (const [name, holds] of this.#holds) for (const hold of holds) yield rowOf(name, hold);
  }

  add(rows: readonly Row[]): void {
    for (const [name, [pid], value] of rows) {
      const token = decodeToken(value);
      if (pid === undefined || token === undefined || pid.isLocal) continue;
      this.#takeOut(name, (hold) => hold.pid === pid);
      this.#put(name, { pid, token });
      this.#settle(name);
    }
  }

  remove(rows: readonly Row[]): void {
    for (const [name, [pid]] of rows) this.#takeOut(name, (hold) => hold.pid === pid);
  }

  lost(gone: (at: Address) => boolean): void {
    for (const name of [...this.#holds.keys()]) this.#takeOut(name, ({ pid }) => !pid.isLocal && gone(pid.at));
  }

  // ---------------------------------------------------------------- conflicts

  #put(name: string, hold: Hold): void {
    this.#revision = Math.max(this.#revision, hold.token.revision);
    this.epoch = Math.max(this.epoch, hold.token.epoch);
    const holds = this.#holds.get(name);
    if (holds === undefined) this.#holds.set(name, [hold]);
    else holds.splice(0, holds.length, ...[...holds, hold].sort((a, b) => compareHolds(b, a)));
  }

  #takeOut(name: string, chosen: (hold: Hold) => boolean): void {
    const holds = this.#holds.get(name);
    if (holds === undefined) return;
    const rest = holds.filter((hold) => !chosen(hold));
    if (rest.length === 0) this.#holds.delete(name);
    else if (rest.length < holds.length) this.#holds.set(name, rest);
  }

  /** Each thread ends its own process if that is not the latest owner, and leaves the others to theirs. */
  #settle(name: string): void {
    const own = this.#own.get(name);
    const latest = this.holder(name);
    if (own === undefined || latest === undefined || own === latest) return;
    this.giveUp(name);
    this.#conflict({ name, loser: own.pid, winner: latest.pid });
    condemn(own.pid.proc, { name_conflict: name, winner: latest.pid });
  }
}

export function rowOf(name: string, { pid, token }: Hold): Row {
  return [name, [pid], encodeToken(token)];
}
