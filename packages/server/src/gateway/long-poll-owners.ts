import { randomBytes } from 'node:crypto';
import { CallError, type From, GenServer, noreply } from '@rekindle/kernel';
import { Handle, type Kernel, PROC, startProcess } from '@rekindle/kernel/internal';

/** One request of a long-polling client, as it goes to the node that has the session. */
export interface SessionRequest {
  readonly token: string;
  /** Null for a poll. */
  readonly body: Uint8Array | null;
  readonly contentType: string | null;
}

/** The body of the answer. */
export interface SessionAnswer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: readonly string[];
}

/** Where a session is: here or of nobody, on another node, or it went with the node that had it. */
export type Place = 'here' | 'gone' | { readonly node: string };

/** Beyond the window within which the owner answers. */
const GRACE_MS = 5000;
const NAME = 'rekindle.longPolls';

const answering = new WeakMap<Kernel, (request: SessionRequest) => Promise<SessionAnswer> | undefined>();

/**
 * Long-poll sessions of all nodes: the session's token names its node and run, and whichever node a request comes to hands it over.
 * So no load balancer has to know which node a client belongs to. What makes a token hard to guess are its random bytes; a made-up
 * node leads to a node that does not know the session.
 */
export class LongPollOwners {
  readonly #kernel: Kernel;

  /** `answer`: undefined for a session that this node does not have. */
  constructor(kernel: Kernel, answer: (request: SessionRequest) => Promise<SessionAnswer> | undefined) {
    this.#kernel = kernel;
    answering.set(kernel, answer);
    void startProcess(kernel, null, false, Answering, undefined, { name: NAME });
  }

  newToken(): string {
    const random = randomBytes(24).toString('base64url');
    const { node, incarnation } = this.#kernel.here;
    return node === 'local' ? random : `${random}.${node}.${incarnation.toString(36)}`;
  }

  placeOf(token: string): Place {
    const [, node, run] = /^[\w-]{32}\.([\w-]{1,64})\.([0-9a-z]{1,11})$/.exec(token) ?? [];
    if (node === undefined || run === undefined) return 'here';
    const incarnation = Number.parseInt(run, 36);
    const { here, nodes } = this.#kernel;
    if (node === here.node) return incarnation === here.incarnation ? 'here' : 'gone';
    for (const [other, its] of nodes.entries()) if (other === node) return its === incarnation ? { node } : 'gone';
    return 'gone';
  }

  /** `gone` if the node went meanwhile, `unknown` if it has no such session (any more). */
  async ask(node: string, request: SessionRequest, windowMs: number): Promise<SessionAnswer | 'gone' | 'unknown'> {
    const owner = new Handle(this.#kernel, { name: NAME, node }, windowMs + GRACE_MS);
    try {
      return (await owner.call('request', request)) as SessionAnswer | 'unknown';
    } catch (error) {
      if (CallError.is(error)) return 'gone';
      throw error;
    }
  }
}

/** Answers requests that came to other nodes. */
class Answering extends GenServer {
  static readonly className = 'rekindle.LongPolls';

  override handleCall(name: string, args: readonly unknown[], from: From<unknown>): unknown {
    const [request] = args;
    if (name !== 'request' || !isSessionRequest(request)) return super.handleCall(name, args, from);
    const answer = answering.get(this[PROC].kernel)?.(request);
    if (answer === undefined) return 'unknown';
    void answer.then((value) => from.reply(value));
    return noreply(from);
  }
}

function isSessionRequest(value: unknown): value is SessionRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { token, body, contentType } = value as { readonly [key: string]: unknown };
  return (
    typeof token === 'string' && (body === null || body instanceof Uint8Array) && (contentType === null || typeof contentType === 'string')
  );
}
