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

function described({ node, pid, port, schedulers, uptimeSeconds, cluster, nodes }: NodeStatus): string {
  const here = `${node}: process ${pid}, port ${port}, ${schedulers} schedulers, up ${uptimeSeconds} s`;
  if (cluster === null) return `${here}, alone (no cluster)`;
  return `${here}, sees ${nodes.length === 0 ? 'no other node' : nodes.join(', ')}\n  ${JSON.stringify(cluster)}`;
}
