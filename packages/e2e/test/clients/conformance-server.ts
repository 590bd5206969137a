import { type Child, freePort, root, start } from '@rekindle/e2e';

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

export interface ConformanceOptions {
  readonly nodeArgs?: readonly string[];
  /** Given the output instead of its being kept, which is for servers that say much. */
  readonly quiet?: (output: string) => void;
}

/** Starts the application of `conformance/channels/README.md`. */
export async function startConformance(
  { adapter, schedulers }: { adapter: string; schedulers: number },
  { nodeArgs = [], quiet }: ConformanceOptions = {},
): Promise<ConformanceServer> {
  const port = await freePort();
  const env = { PORT: String(port), ADAPTER: adapter, SCHEDULERS: String(schedulers) };
  let child: Child | undefined;
  const onOutput = (text: string): void => {
    if (quiet === undefined || child === undefined) return;
    child.output = '';
    quiet(text);
  };
  child = await start(process.execPath, [...nodeArgs, main], { env, ready: /^listening$/m, onOutput });
  return { child, port };
}
