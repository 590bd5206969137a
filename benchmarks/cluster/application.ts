import { GenServer } from '@rekindle/kernel';
import { defineApplication } from '@rekindle/server';

/** Counts what is sent to it, and answers. */
export class Sink extends GenServer<{ info: { text: string } }> {
  #count = 0;
  override handleInfo(): void {
    this.#count++;
  }
  count(): number {
    return this.#count;
  }
  echo(text: string): string {
    return text;
  }
}

export default defineApplication({ children: [{ start: Sink, name: 'sink' }] });
