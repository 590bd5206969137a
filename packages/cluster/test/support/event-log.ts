/**
 * What a recorder (`fixtures/recorder.mjs`) hears of a node, in order. `got`: a number from the process `run` of that node;
 * `watch`: from here on a process there is watched; `DOWN`: what became of that.
 */
export type Recorded =
  | readonly ['up', node: string]
  | readonly ['down', node: string, reason: string]
  | readonly ['got', node: string, run: number, seq: number]
  | readonly ['watch', node: string, id: number]
  | readonly ['DOWN', node: string, id: number, reason: string];

/** One process of a node. */
export interface RunLog {
  readonly name: string;
  readonly run: number;
  readonly events: readonly Recorded[];
}

export interface Verdict {
  readonly problems: string[];
  readonly messages: number;
  readonly nodedowns: number;
  readonly monitors: number;
}

export function readLog(name: string, run: number, output: string): RunLog {
  const events = Array.from(output.matchAll(/^R (\[.*\])$/gm), ([, json]) => JSON.parse(json as string) as Recorded);
  return { name, run, events };
}

/**
 * While a node is up for another one, nothing of what it says is lost, doubled or out of order; nothing is heard of a node that is
 * not up, and nothing twice; each node is up and down in turn; each monitor ends once if the node does, and not before.
 */
export function judge(logs: readonly RunLog[]): Verdict {
  const verdict: Verdict & { messages: number; nodedowns: number; monitors: number } = {
    problems: [],
    messages: 0,
    nodedowns: 0,
    monitors: 0,
  };
  for (const log of logs) {
    const others = new Set(log.events.map(([, node]) => node));
    for (const other of others) {
      const view = new View(`${log.name} (${log.run}) of ${other}`, verdict.problems);
      for (const event of log.events) if (event[1] === other) view.take(event);
      view.end();
      verdict.messages += view.messages;
      verdict.nodedowns += view.nodedowns;
      verdict.monitors += view.monitors;
    }
  }
  return verdict;
}

/** What one run hears of one other node. */
class View {
  messages = 0;
  nodedowns = 0;
  monitors = 0;
  readonly #who: string;
  readonly #problems: string[];
  #up = false;
  /** Of the process that speaks since the node is up. */
  #speaking: { readonly run: number; seq: number } | undefined;
  readonly #last = new Map<number, number>();
  /** Monitors that have not ended, and whether the node went down since. */
  readonly #watched = new Map<number, { doomed: boolean }>();

  constructor(who: string, problems: string[]) {
    this.#who = who;
    this.#problems = problems;
  }

  take(event: Recorded): void {
    switch (event[0]) {
      case 'up':
        if (this.#up) this.#problem('is up twice');
        this.#endDoomed();
        this.#up = true;
        this.#speaking = undefined;
        break;
      case 'down':
        if (!this.#up) this.#problem('is down and was not up');
        this.#up = false;
        this.nodedowns++;
        for (const watched of this.#watched.values()) watched.doomed = true;
        break;
      case 'got':
        this.#got(event[2], event[3]);
        break;
      case 'watch':
        this.#watched.set(event[2], { doomed: false });
        this.monitors++;
        break;
      case 'DOWN':
        if (!this.#watched.delete(event[2])) this.#problem(`monitor ${event[2]} ends twice`);
        if (event[3] !== 'noconnection' && event[3] !== 'noproc') this.#problem(`monitor ${event[2]} ends with ${event[3]}`);
        break;
    }
  }

  end(): void {
    // A run that was killed may not have heard the last news; one that lives has, long ago.
    if (this.#up) this.#endDoomed();
  }

  #got(run: number, seq: number): void {
    this.messages++;
    if (!this.#up) this.#problem(`${run} is heard (${seq}), and is not up`);
    const expected = this.#speaking?.run === run ? this.#speaking.seq + 1 : undefined;
    if (this.#speaking !== undefined && this.#speaking.run !== run)
      this.#problem(`${run} is heard, and ${this.#speaking.run} was not down`);
    if (expected !== undefined && seq !== expected) this.#problem(`${run} says ${seq}, and ${expected} was next`);
    if (seq <= (this.#last.get(run) ?? -1)) this.#problem(`${run} says ${seq} again`);
    this.#last.set(run, seq);
    this.#speaking = { run, seq };
  }

  #endDoomed(): void {
    for (const [id, { doomed }] of this.#watched) if (doomed) this.#problem(`monitor ${id} has not ended with its node`);
  }

  #problem(text: string): void {
    this.#problems.push(`${this.#who}: ${text}`);
  }
}
