/** The element of the page with that id. */
export function element<E extends HTMLElement>(id: string, Class: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof Class)) throw new Error(`the page has no ${Class.name} with the id '${id}'`);
  return found;
}
