import { createInterface } from 'node:readline';
import type { Command } from '../command.js';
import { type ControlClient, runningNode } from '../control/client.js';

export const remote: Command = {
  usage: 'remote [--node NAME] [-e CODE]',
  summary: 'a REPL into a running node: whereis, processInfo, sys.getState, tree, ...',
  options: { node: { type: 'string' }, evaluate: { type: 'string', short: 'e' } },
  words: [0, 0],
  async run({ values: { node, evaluate } }, around) {
    const client = await runningNode(node as string | undefined, around);
    if (typeof evaluate === 'string') {
      const ok = await evaluated(client, evaluate, around.print);
      client.close();
      return ok ? 0 : 1;
    }
    const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: `${client.node}> ` });
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() === '.exit') break;
      if (line.trim() !== '') await evaluated(client, line, around.print);
      lines.prompt();
    }
    lines.close();
    client.close();
    return 0;
  },
};

async function evaluated(client: ControlClient, code: string, print: (line: string) => void): Promise<boolean> {
  const answer = await client.ask({ ask: 'evaluate', code });
  if (answer.ok) print(answer.text);
  else process.stderr.write(`${answer.error}\n`);
  return answer.ok;
}
