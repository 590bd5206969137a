import { type Channel, Presence } from 'phoenix';
import { element } from './elements.js';

/** Keeps the list of who is here. */
export function showPeople(channel: Channel): void {
  const list = element('people', HTMLElement);
  const presence = new Presence(channel);
  presence.onSync(() => {
    list.textContent = `Here: ${presence.list((name) => name).join(', ')}`;
  });
}
