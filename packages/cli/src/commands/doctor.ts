import type { Command } from '../command.js';
import { examine, type Finding } from '../doctor/checks.js';

const MARK = { ok: 'ok  ', advice: 'note', bad: 'BAD ' } as const;

export const doctor: Command = {
  usage: 'doctor',
  summary: 'looks for what hurts: Node, native adapter, file descriptors, NATS, settings',
  options: {},
  words: [0, 0],
  async run(_given, around) {
    const findings: Finding[] = await examine(around.environment);
    for (const { level, text } of findings) around.print(`${MARK[level]}  ${text}`);
    return findings.some(({ level }) => level === 'bad') ? 1 : 0;
  },
};
