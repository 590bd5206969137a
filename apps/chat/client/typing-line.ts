import { element } from './elements.js';

/** Somebody who has not typed for so long has stopped. */
const STOPPED_MS = 3000;

/** Who is typing. */
export class TypingLine {
  readonly #line = element('typing', HTMLParagraphElement);
  readonly #typing = new Map<string, { readonly name: string; readonly timer: number }>();

  typing(userId: string, name: string): void {
    this.stopped(userId);
    this.#typing.set(userId, { name, timer: window.setTimeout(() => this.stopped(userId), STOPPED_MS) });
    this.#show();
  }

  stopped(userId: string): void {
    window.clearTimeout(this.#typing.get(userId)?.timer);
    this.#typing.delete(userId);
    this.#show();
  }

  clear(): void {
    for (const userId of this.#typing.keys()) this.stopped(userId);
  }

  #show(): void {
    const [first, second, ...more] = Array.from(this.#typing.values(), ({ name }) => name);
    if (first === undefined) this.#line.textContent = '';
    else if (second === undefined) this.#line.textContent = `${first} is typing…`;
    else this.#line.textContent = more.length === 0 ? `${first} and ${second} are typing…` : 'Several people are typing…';
  }
}
