import { element } from './elements.js';

/** The others are told at most so often: they show it for somewhat longer. */
const TYPING_EVERY_MS = 1500;

/** The line to write in. */
export class Composer {
  readonly #field = element('body', HTMLInputElement);
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(say: (body: string) => void, typing: () => void) {
    element('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const body = this.#field.value.trim();
      if (body === '') return;
      this.#field.value = '';
      this.#toldAt = Number.NEGATIVE_INFINITY;
      say(body);
    });
    this.#field.addEventListener('input', () => {
      const now = performance.now();
      if (this.#field.value === '' || now - this.#toldAt < TYPING_EVERY_MS) return;
      this.#toldAt = now;
      typing();
    });
  }

  focus(): void {
    this.#field.focus();
  }

  /** Gives back what could not be sent, unless something else has been written since. */
  giveBack(body: string): void {
    if (this.#field.value === '') this.#field.value = body;
  }
}
