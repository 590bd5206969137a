import type { CallErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid } from '../identity/pid.js';
import type { Kernel } from '../kernel.js';
import { Envelope } from '../messages.js';
import type { From } from '../outcome.js';
import type { Proc, Watcher } from '../process/proc.js';
import { addWatcher, removeWatcher } from '../process/watchers.js';
import { SentFrom } from './sent-from.js';

/** The far end of a call: a promise of this thread, or a process of another thread or node. */
export interface Client {
  readonly pid: Pid | undefined;
  /** The server's record of the call, so that it can be forgotten when the client gives up. */
  request: Request | null;
  reply(value: unknown): void;
  fail(code: CallErrorCode, reason: ExitReason): void;
}

/** The requests of the kernel itself have names that begin so. */
export const DOLLAR: number = '$'.charCodeAt(0);

/** A call in the mailbox or hands of its server. To user code it is the `From`. */
export class Request extends Envelope implements From<unknown>, Watcher {
  readonly name: string;
  args: readonly unknown[];
  #client: Client | null;
  /** The server that owes a deferred answer, and has to fail it when it ends. */
  #debtor: Proc | null = null;
  /** It has been sent to others, who may answer. */
  #sent: SentFrom | null = null;

  constructor(name: string, args: readonly unknown[], client: Client) {
    super();
    this.name = name;
    this.args = args;
    this.#client = client;
    client.request = this;
  }

  /** Who called; undefined for a caller that is no process. */
  get pid(): Pid | undefined {
    return this.#client?.pid;
  }

  get answered(): boolean {
    return this.#client === null;
  }

  get client(): Client | null {
    return this.#client;
  }

  reply(value: unknown): void {
    const client = this.#close();
    if (client === null) return;
    this.args = noArgs;
    try {
      client.reply(value);
    } catch (error) {
      // The value cannot be sent, which is the replier's mistake; the caller must not wait for it.
      client.fail('exit', error as ExitReason);
      throw error;
    }
  }

  fail(code: CallErrorCode, reason: ExitReason): void {
    const client = this.#close();
    if (client !== null) client.fail(code, reason);
  }

  /** The client no longer waits. The call is handled all the same, as in OTP: what it does is done. */
  forget(): void {
    this.#close();
  }

  /** `noreply`: the answer comes later, so the server's end has to be an answer too. */
  defer(server: Proc): void {
    if (this.#client === null || this.#debtor !== null) return;
    this.#debtor = server;
    addWatcher(server, this);
  }

  fire(_from: Pid, reason: ExitReason): void {
    this.#debtor = null;
    this.fail('exit', reason);
  }

  /** It leaves this thread, or is copied as if it did. */
  sentFrom(kernel: Kernel): SentFrom {
    return (this.#sent ??= new SentFrom(kernel, this));
  }

  #close(): Client | null {
    const client = this.#client;
    this.#client = null;
    if (this.#sent !== null) {
      this.#sent.end();
      this.#sent = null;
    }
    if (client !== null) client.request = null;
    if (this.#debtor !== null) {
      removeWatcher(this.#debtor, this);
      this.#debtor = null;
    }
    return client;
  }
}

const noArgs: readonly unknown[] = [];
