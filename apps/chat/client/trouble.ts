import { element } from './elements.js';

export interface TroubleActions {
  crashRoom(): void;
  crashChannel(): void;
  block(): void;
}

/** The three buttons that break something; not while the last trouble is being mended. */
export class Trouble {
  readonly #buttons = element('trouble', HTMLFieldSetElement);

  constructor(actions: TroubleActions) {
    element('crash-room', HTMLButtonElement).addEventListener('click', () => actions.crashRoom());
    element('crash-channel', HTMLButtonElement).addEventListener('click', () => actions.crashChannel());
    element('block', HTMLButtonElement).addEventListener('click', () => actions.block());
  }

  allow(allowed: boolean): void {
    this.#buttons.disabled = !allowed;
  }
}
