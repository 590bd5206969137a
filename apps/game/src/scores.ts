import { GenServer } from 'rekindle';

export interface Standing {
  readonly round: number;
  readonly scores: { readonly [name: string]: number };
}

/** What must outlast a crash of the game. It does nothing else that could go wrong. */
export class Scores extends GenServer {
  #round = 0;
  readonly #scores = new Map<string, number>();

  /** A new round: the game has been started. */
  begin(): Standing {
    this.#round++;
    return this.#standing();
  }

  add(names: readonly string[]): Standing {
    for (const name of names) this.#scores.set(name, (this.#scores.get(name) ?? 0) + 1);
    return this.#standing();
  }

  #standing(): Standing {
    return { round: this.#round, scores: Object.fromEntries(this.#scores) };
  }
}
