/** The element of the page with that id. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element with the id '${id}'`);
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

/** What the page says about its connection. */
export function status(state: 'live' | 'away' | 'lost', text: string): void {
  element('status').dataset.state = state;
  element('status').textContent = text;
}
