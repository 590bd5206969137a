import { type Child, freePort, root, startNode } from '@rekindle/e2e';

const main = `${root}/apps/conformance/dist/channels/main.js`;

/** The two that differ most; the recordings are played on all four. */
export const servers = [
  { adapter: 'uws', schedulers: 1 },
  { adapter: 'node', schedulers: 0 },
] as const;

export interface ConformanceServer {
  readonly child: Child;
  readonly port: number;
}

/** Starts the application of `conformance/channels/README.md`. */
export async function startConformance({ adapter, schedulers }: { adapter: string; schedulers: number }): Promise<ConformanceServer> {
  const port = await freePort();
  const env = { PORT: String(port), ADAPTER: adapter, SCHEDULERS: String(schedulers) };
  return { child: await startNode(main, [], { env, ready: /^listening$/m }), port };
}
