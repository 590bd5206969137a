import { create, element } from './elements.js';

type Kind = 'trouble' | 'recovered';

const SHOWN_MS = 15_000;

/** The banners: what has just gone wrong, and that it has come right again. */
export class Notices {
  readonly #area = element('notices', HTMLDivElement);
  readonly #shown = new Map<string, { readonly banner: HTMLElement; readonly timer: number | undefined }>();

  /** Takes the place of the last banner about the same thing. Trouble stays until it is over. */
  show(about: string, kind: Kind, text: string): void {
    this.clear(about);
    const close = create('button', 'close', '×');
    close.type = 'button';
    close.ariaLabel = 'Dismiss';
    close.addEventListener('click', () => this.clear(about));
    const banner = create('div', `notice ${kind}`, create('p', '', text), close);
    const timer = kind === 'recovered' ? window.setTimeout(() => this.clear(about), SHOWN_MS) : undefined;
    this.#shown.set(about, { banner, timer });
    this.#area.append(banner);
  }

  clear(about: string): void {
    const shown = this.#shown.get(about);
    if (shown === undefined) return;
    window.clearTimeout(shown.timer);
    shown.banner.remove();
    this.#shown.delete(about);
  }
}
