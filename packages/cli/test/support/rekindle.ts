import { root, startNode } from '@rekindle/e2e';

export const bin = `${root}/packages/rekindle/lib/bin.js`;
export const application = `${root}/packages/rekindle/test/support/application.mjs`;

/** Runs the command to its end. */
export async function rekindle(
  cwd: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; output: string }> {
  const child = await startNode(bin, args, { cwd, env: { NATS_URL: undefined, NODE_NAME: undefined, PORT: undefined, ...env } });
  const { code } = await child.exited;
  return { code, output: child.output };
}
