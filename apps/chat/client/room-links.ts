import { create, element } from './elements.js';

const ROOMS = ['lobby', 'random', 'help'];
const NAME = /^[a-z0-9-]{1,32}$/;

/** The rooms to choose from. The address says which one it is: `#lobby`. */
export class RoomLinks {
  readonly #links = element('rooms', HTMLUListElement);
  readonly #title = element('room-title', HTMLElement);

  constructor() {
    const form = element('room-form', HTMLFormElement);
    const field = element('room-name', HTMLInputElement);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      location.hash = field.value.trim().toLowerCase();
      form.reset();
    });
  }

  /** Calls `enter` with the room the address names, now and each time it changes. */
  follow(enter: (room: string) => void): void {
    const go = (): void => {
      const room = roomInAddress();
      this.#show(room);
      enter(room);
    };
    window.addEventListener('hashchange', go);
    go();
  }

  #show(current: string): void {
    const rooms = ROOMS.includes(current) ? ROOMS : [...ROOMS, current];
    this.#links.replaceChildren(...rooms.map((room) => create('li', '', link(room, room === current))));
    this.#title.textContent = `#${current}`;
    document.title = `#${current} · Rekindle chat`;
  }
}

function link(room: string, isCurrent: boolean): HTMLAnchorElement {
  const made = create('a', '', `#${room}`);
  made.href = `#${room}`;
  if (isCurrent) made.ariaCurrent = 'page';
  return made;
}

function roomInAddress(): string {
  const name = location.hash.slice(1);
  return NAME.test(name) ? name : 'lobby';
}
