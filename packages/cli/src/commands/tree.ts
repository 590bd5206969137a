import type { Command } from '../command.js';
import { runningNode } from '../control/client.js';
import { UserError } from '../user-error.js';

export const tree: Command = {
  usage: 'tree [--node NAME]',
  summary: 'shows the supervision tree of a running node',
  options: { node: { type: 'string' } },
  words: [0, 0],
  async run({ values: { node } }, around) {
    const client = await runningNode(node as string | undefined, around);
    const answer = await client.ask({ ask: 'tree' });
    client.close();
    if (!answer.ok) throw new UserError(1, answer.error);
    around.print(answer.text);
    return 0;
  },
};
