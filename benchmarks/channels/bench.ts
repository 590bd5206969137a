import { RawResults } from '../harness/raw-results.js';
import { RUNS } from '../harness/settings.js';
import { type Summary, summary } from '../harness/statistics.js';
import type { Case } from './cases.js';
import { type Cores, cores } from './cores.js';
import { buildGenerator, type LoadResult, load } from './generator.js';
import { RunningServer } from './running-server.js';
import type { Server } from './servers.js';

/** What one server did in all runs of a case. */
export interface Performance extends Summary {
  readonly results: readonly LoadResult[];
}

/** Measures servers side by side: each run a fresh server and a fresh generator, the servers by turns. */
export class Bench {
  readonly #generator: string = buildGenerator();
  readonly #cores: Cores = cores();
  readonly #raw = new RawResults('channels');

  async compare(one: Case, connections: number, servers: readonly Server[]): Promise<Map<Server, Performance>> {
    const results = new Map(servers.map((server): [Server, LoadResult[]] => [server, []]));
    for (let run = 0; run < RUNS; run++) {
      for (const [server, list] of results) list.push(await this.#run(one, connections, server));
    }
    return new Map(Array.from(results, ([server, list]) => [server, { ...summary(list.map(one.value)), results: list }]));
  }

  async #run(one: Case, connections: number, server: Server): Promise<LoadResult> {
    const { isThreaded = false } = server;
    const running = await RunningServer.start(server, isThreaded ? this.#cores.threadedServer : this.#cores.server);
    try {
      const result = await load(
        this.#generator,
        isThreaded ? this.#cores.besideThreads : this.#cores.generator,
        server,
        running,
        one.options(connections),
      );
      this.#raw.add({ case: one.name, server: server.name, result });
      return result;
    } finally {
      await running.stop();
    }
  }
}
