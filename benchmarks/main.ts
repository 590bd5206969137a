import { channels } from './channels/question.js';
import { cluster } from './cluster/question.js';
import { kernel } from './kernel/question.js';
import { peers } from './libraries/question.js';
import { push } from './push/question.js';
import { type Question, Refusal } from './question.js';
import { threads } from './threads/question.js';

const questions: readonly Question[] = [kernel, threads, peers, channels, push, cluster];

function list(): void {
  for (const { name, asks, cases } of questions) console.log(`${name}: ${asks}\n  ${cases.join(' ')}\n`);
}

async function measure(name: string, only: string | undefined): Promise<void> {
  const question = questions.find((one) => one.name === name);
  if (question === undefined) throw new Refusal(`There is no question '${name}': ${questions.map((one) => one.name).join(', ')}.`);
  if (only !== undefined && !question.cases.includes(only)) {
    throw new Refusal(`${name} has no case '${only}': ${question.cases.join(', ')}.`);
  }
  for await (const line of question.answer(only === undefined ? question.cases : [only])) console.log(JSON.stringify(line));
}

// For all processes that are measured: in development messages are copied, to find what cannot travel.
process.env.NODE_ENV = 'production';
const [name, only] = process.argv.slice(2);
// Ending by `exit` takes the measured processes along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  if (name === undefined) list();
  else await measure(name, only);
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}
