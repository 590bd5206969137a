import type { Name } from '../identity/name.js';
import { current } from '../process/current.js';
import { relay } from '../process/resume.js';
import { resolve } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import { callByPid } from './call.js';

/** The answers of a `multiCall`, and the nodes that gave none: not there, nobody of that name, ended, or too late. */
export interface MultiCallResult<R> {
  readonly replies: readonly { readonly node: string; readonly reply: R }[];
  readonly badNodes: readonly string[];
}

/** Calls the process of one name on several nodes at once. */
export function multiCall(
  nodes: readonly string[],
  name: string,
  request: string,
  args: readonly unknown[],
  timeoutMs: number,
): Promise<MultiCallResult<unknown>> {
  const here = kernel();
  const answers = nodes.map(async (node) => {
    const target: Name = node === here.here.node ? name : { name, node };
    const pid = resolve(here, target);
    if (pid === undefined) return { node };
    return callByPid(null, pid, request, args, timeoutMs).then(
      (reply) => ({ node, reply }),
      () => ({ node }),
    );
  });
  return relay(current, Promise.all(answers), (all) => ({
    replies: all.filter((answer) => 'reply' in answer),
    badNodes: all.filter((answer) => !('reply' in answer)).map(({ node }) => node),
  }));
}
