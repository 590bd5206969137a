import { readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import type { Surroundings } from '../command.js';
import { UserError } from '../user-error.js';
import { type Answer, type Question, readLines } from './protocol.js';

const FOLDER = '.rekindle';

/** A connection to a running node. */
export class ControlClient {
  readonly node: string;
  readonly #socket: Socket;
  readonly #waiting: ((answer: Answer) => void)[] = [];

  constructor(node: string, socket: Socket) {
    this.node = node;
    this.#socket = socket;
    readLines(socket, (line) => this.#waiting.shift()?.(JSON.parse(line) as Answer));
    socket.on('close', () => {
      for (const answer of this.#waiting.splice(0)) answer({ ok: false, error: 'the node has ended' });
    });
    socket.on('error', () => socket.destroy());
  }

  /** Answers in the order of the questions. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#socket.write(`${JSON.stringify(question)}\n`);
    });
  }

  close(): void {
    this.#socket.end();
  }
}

/** All nodes that run in this folder. Sockets that processes have left behind are removed. */
export async function runningNodes(cwd: string): Promise<ControlClient[]> {
  let names: string[];
  try {
    names = readdirSync(join(cwd, FOLDER)).filter((name) => name.endsWith('.sock'));
  } catch {
    return [];
  }
  const clients = await Promise.all(names.sort().map((name) => open(join(cwd, FOLDER, name), name.replace(/-\d+\.sock$/, ''))));
  return clients.filter((client) => client !== undefined);
}

function open(path: string, node: string): Promise<ControlClient | undefined> {
  // The path of a socket is short: relative it fits where it is long otherwise.
  const socket = connect(relative(process.cwd(), path));
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(new ControlClient(node, socket)));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') rmSync(path, { force: true });
      resolve(undefined);
    });
  });
}

/** The node of that name; without a name the only one. Throws a `UserError` when it is not clear which, or there is none. */
export async function runningNode(name: string | undefined, { cwd }: Surroundings): Promise<ControlClient> {
  const clients = await runningNodes(cwd);
  const fitting = name === undefined ? clients : clients.filter(({ node }) => node === name);
  const [client] = fitting;
  for (const other of clients) if (other !== client || fitting.length > 1) other.close();
  const running = clients.map(({ node }) => node).join(', ');
  if (client === undefined) {
    const what = name === undefined ? 'a running node' : `a running node '${name}'`;
    throw new UserError(
      1,
      `Expected ${what} that was started in ${cwd} with \`control\`, ${running === '' ? 'none is running' : `running are: ${running}`}.`,
    );
  }
  if (fitting.length > 1) throw new UserError(2, `Several nodes are running (${running}): choose one with --node NAME.`);
  return client;
}
