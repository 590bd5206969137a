import { type Child, root, startNode } from '@rekindle/e2e';

export interface Lab {
  readonly child: Child;
  readonly port: number;
}

const main = `${root}/apps/lab/dist/main.js`;

/** Starts the application that does everything wrong, with options of `startApplication`. */
export async function startLab(options: object, nodeArgs: readonly string[] = []): Promise<Lab> {
  const [script = main, ...args] = [...nodeArgs, main];
  const child = await startNode(script, args, { env: { OPTIONS: JSON.stringify(options) }, ready: /^listening on \d+/m });
  const [, port] = /^listening on (\d+)/m.exec(child.output) ?? [];
  return { child, port: Number(port) };
}

/** Starts it where it cannot start; what it printed, and its exit code. */
export async function startLabInVain(options: object, nodeArgs: readonly string[] = []): Promise<{ output: string; code: number | null }> {
  const [script = main, ...args] = [...nodeArgs, main];
  const child = await startNode(script, args, { env: { OPTIONS: JSON.stringify(options) } });
  const { code } = await child.exited;
  return { output: child.output.trim(), code };
}
