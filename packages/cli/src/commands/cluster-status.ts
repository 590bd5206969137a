import type { Command } from '../command.js';
import { runningNodes } from '../control/client.js';
import type { NodeStatus } from '../control/server.js';
import { UserError } from '../user-error.js';

export const clusterStatus: Command = {
  usage: 'cluster status',
  summary: 'what the nodes that run in this folder know of one another',
  options: {},
  words: [0, 0],
  async run(_given, around) {
    const clients = await runningNodes(around.cwd);
    if (clients.length === 0)
      throw new UserError(1, `Expected a running node that was started in ${around.cwd} with \`control\`, none is running.`);
    for (const client of clients) {
      const answer = await client.ask({ ask: 'status' });
      client.close();
      around.print(answer.ok ? described(JSON.parse(answer.text) as NodeStatus) : `${client.node}: ${answer.error}`);
    }
    return 0;
  },
};

function described({ node, pid, port, schedulers, uptimeSeconds, cluster, nodes, groups, names }: NodeStatus): string {
  const here = `${node}: process ${pid}, port ${port}, ${schedulers} schedulers, up ${uptimeSeconds} s`;
  const known = `groups: ${groups}; names: ${names}`;
  if (cluster === null) return `${here}, alone (no cluster)\n  ${known}`;
  const { nodes: peers = [], ...rest } = cluster as { readonly nodes?: readonly object[] };
  const lines = [...peers.map(figures), known, ...Object.entries(rest).map(([name, value]) => `${name}: ${figures(value)}`)];
  return [`${here}, sees ${nodes.length === 0 ? 'no other node' : nodes.join(', ')}`, ...lines].join('\n  ');
}

/** `{ sent: 1, received: 2 }` as `sent 1, received 2`. */
function figures(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, figure]) => `${name} ${String(figure)}`)
    .join(', ');
}
