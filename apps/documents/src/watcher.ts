import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GenServer, send, type TimerRef } from 'rekindle';
import { FILE } from './document-contract.js';
import { Library } from './library.js';

/** Editors write a file in several steps: what comes within this time is one change. */
const PAUSE_MS = 30;

type News = { readonly type: 'touched'; readonly file: string } | { readonly type: 'settled'; readonly file: string } | Failed;
interface Failed {
  readonly type: 'failed';
  readonly error: Error;
}

/**
 * Tells the library what the files of a folder say. What it holds on to is the system's and may fail at any time; then it fails too, and
 * the next one begins by reading everything: whatever was written meanwhile is a change like any other.
 */
export class Watcher extends GenServer<{ info: News }> {
  #folder = '';
  readonly #pauses = new Map<string, TimerRef>();

  override async init({ folder }: { folder: string }): Promise<void> {
    this.#folder = folder;
    const me = this.self;
    // Ends with this process, whatever ends it. What comes in callbacks becomes messages: a callback belongs to no process.
    const watcher = watch(folder, { signal: this.signal }, (_event, file) => {
      if (file !== null) send(me, { type: 'touched', file } satisfies News);
    });
    watcher.on('error', (error) => send(me, { type: 'failed', error } satisfies News));
    for (const file of await readdir(folder)) await this.#tell(file);
  }

  override async handleInfo(news: News): Promise<void> {
    if (news.type === 'failed') throw news.error;
    if (news.type === 'settled') {
      this.#pauses.delete(news.file);
      await this.#tell(news.file);
      return;
    }
    const pause = this.#pauses.get(news.file);
    if (pause !== undefined) this.cancelTimer(pause);
    this.#pauses.set(news.file, this.sendAfter(PAUSE_MS, { type: 'settled', file: news.file }));
  }

  crash(): void {
    throw new Error('somebody pressed "Crash the watcher"');
  }

  async #tell(file: string): Promise<void> {
    const name = FILE.exec(file)?.[1];
    if (name === undefined) return;
    const text = await readFile(join(this.#folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    this.cast(Library.at('library'), 'put', name, text);
  }
}
