/** The element of the page with that id. */
export function element<E extends HTMLElement>(id: string, Class: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof Class)) throw new Error(`the page has no ${Class.name} with the id '${id}'`);
  return found;
}

/** A new element. Text goes in as text: nothing that anybody writes becomes markup. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export function timeElement(at: number): HTMLTimeElement {
  const made = create('time', '', clock.format(at));
  made.dateTime = new Date(at).toISOString();
  return made;
}

/** A round mark with the name's first letter, in a colour of the person's own. */
export function avatar(userId: string, name: string): HTMLElement {
  const made = create('span', 'avatar', [...name][0] ?? '?');
  made.ariaHidden = 'true';
  made.style.setProperty('--hue', String(Number.parseInt(userId.slice(0, 4), 16) % 360));
  return made;
}
