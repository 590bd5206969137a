// npm run faults [NAME]: all faults, and the table of what came of them in docs/explanation/fault-matrix.md; or one, and its row there.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { faults } from './faults.js';
import { problems, type Result, runFault } from './run-fault.js';

const CLIENTS = Number(process.env.CLIENTS ?? 500);
const [only] = process.argv.slice(2);
const rows: string[] = [];
let failed = 0;
for (const fault of faults.filter(({ name }) => only === undefined || name === only)) {
  const result = await runFault(fault, CLIENTS);
  const wrong = problems(fault, result);
  if (wrong.length > 0) failed++;
  console.log(
    `${wrong.length === 0 ? 'ok  ' : 'FAIL'} ${fault.name}: ${describe(result)}${wrong.length === 0 ? '' : ` (${wrong.join('; ')})`}`,
  );
  rows.push(row(fault, result));
}
const matrix = new URL('../../../docs/explanation/fault-matrix.md', import.meta.url);
if (only === undefined) writeFileSync(matrix, page(rows));
else if (existsSync(matrix)) writeFileSync(matrix, withRow(readFileSync(matrix, 'utf8'), rows));
process.exitCode = failed === 0 ? 0 : 1;

function describe(result: Result): string {
  const { kept, clients, outcome, servesAgainMs, otherThreads } = result;
  if (outcome === 'process ends') return endOf(result);
  return `${outcome}, ${kept} of ${clients} sockets kept, serves again after ${servesAgainMs ?? '-'} ms, others waited ${otherThreads.medianMs} ms (median), ${otherThreads.worstMs} ms (worst)`;
}

function endOf({ exitCode, exitSignal, restartMs }: Result): string {
  return `process ends with ${exitCode === null ? exitSignal : `code ${exitCode}`}, another one listens after ${restartMs} ms`;
}

function row(fault: (typeof faults)[number], result: Result): string {
  const { kept, clients, outcome, servesAgainMs, phxErrorMs, rejoinedMs, sameThread, otherThreads } = result;
  const cells = [
    fault.group,
    `\`${fault.name}\``,
    outcome === 'process ends' ? endOf(result) : outcome,
    `${Math.round((100 * kept) / clients)} %`,
    servesAgainMs ?? '',
    phxErrorMs ?? '',
    rejoinedMs ?? '',
    outcome === 'thread replaced' || outcome === 'process ends' ? '' : `${sameThread.medianMs} / ${sameThread.worstMs}`,
    outcome === 'process ends' ? '' : `${otherThreads.medianMs} / ${otherThreads.worstMs}`,
    outcome === 'process ends' ? '' : otherThreads.p99Ms,
    fault.why ?? '',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The page with that fault's row in place of the one it has. */
function withRow(text: string, [row]: readonly string[]): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.includes(`| \`${only}\` |`));
  if (at >= 0 && row !== undefined) lines[at] = row;
  return lines.join('\n');
}

function page(rows: readonly string[]): string {
  return `# Fault matrix

What comes of it when one actor does its worst, under the load of ${CLIENTS} official Phoenix clients that echo four times a second on two
scheduler threads. Each fault in a fresh process, at a random moment. \`npm run faults\` makes this page; the outcomes are
asserted by \`npm test\` with fewer clients, the times are those of one run of each on ${cpus().length} cores (${cpus()[0]?.model}), shared with other work.

A stuck thread is noticed after \`stuckAfterMs\` (2,000 ms here); heaps are limited to 120 MiB. Times in milliseconds, from the moment the
actor is told: until another incarnation of it answers, until the last client has its \`phx_error\`, until the last one has joined
again (stock clients wait a second by themselves). Stall: the longest that a client has waited for an answer, median / worst of all
clients on the actor's thread, where that lives on, and on other threads; p99 of all answers from those.

| kind | fault | outcome | sockets kept | serves again | phx_error | rejoined | stall, same thread | stall, other threads | p99, other threads | |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
${rows.join('\n')}

What Node makes impossible: a thread inside a native call (\`execSync\`, \`pbkdf2Sync\`, \`JSON.parse\` again and again) cannot be ended before
the call returns. Its actors restart at once on its replacement, it stays behind, counted as written off, and takes a core for as long as it
computes; more than four of them end the process. V8 ends the process when it cannot grow an array or a table near the heap's limit: where
that is, only \`V8\` knows, so such a row may come out either way. Memory outside the heap has no limit of a thread's. \`process.abort()\` and
\`process.chdir()\` are refused on threads, so the actor crashes instead of the process.
`;
}
