import { avatar, create, element, timeElement } from './elements.js';
import type { Person } from './room.js';

/** Who is in the room. */
export class PeopleList {
  readonly #list = element('people', HTMLUListElement);
  readonly #count = element('people-count', HTMLElement);

  show(people: readonly Person[], ownId: string): void {
    const sorted = [...people].sort((a, b) => a.onlineAt - b.onlineAt);
    this.#list.replaceChildren(...sorted.map((person) => row(person, person.userId === ownId)));
    this.#count.textContent = `${people.length} online`;
  }
}

function row({ userId, name, onlineAt }: Person, isOwn: boolean): HTMLLIElement {
  const who = create('span', 'who', name);
  if (isOwn) who.append(' ', create('span', 'tag', 'you'));
  return create('li', 'person', avatar(userId, name), who, create('span', 'since', 'since ', timeElement(onlineAt)));
}
