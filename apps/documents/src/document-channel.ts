import { Channel, type ChannelOptions, error, type HandleIn, routes, Socket } from 'rekindle';
import { DocumentContract } from './document-contract.js';
import { Library } from './library.js';
import { Watcher } from './watcher.js';

const library = Library.at('library');

/** One window that reads one document. */
export class DocumentChannel extends Channel<DocumentContract, ReaderSocket> {
  static contract = DocumentContract;
  /** Who was away for ten minutes at most gets the patches it has missed, and need not read the whole again. */
  static override readonly options: ChannelOptions = { recoverable: { maxMessages: 200, maxAgeMs: 600_000 } };

  override async join() {
    const whole = await this.call(library, 'read', this.#name);
    if (whole === undefined) return error({ reason: `there is no ${this.#name}.md` });
    return { version: whole.version, names: await this.call(library, 'names') };
  }

  get #name(): string {
    return this.topic.slice('document:'.length);
  }

  static handleIn: HandleIn<DocumentChannel> = {
    async read() {
      return (await this.call(library, 'read', this.#name)) ?? { version: 0, lines: [] };
    },
    crash() {
      this.cast(Watcher.at('watcher'), 'crash');
    },
  };
}

/** Everybody may read. */
export class ReaderSocket extends Socket {
  static channels = routes({ 'document:*': DocumentChannel });

  override connect() {
    return {};
  }
}
