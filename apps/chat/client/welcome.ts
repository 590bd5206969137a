import { element } from './elements.js';

/** Each window has a name of its own: two of them are two people. A reload keeps it. */
const KEY = 'rekindle-chat-name';

/** Asks for a name, unless this window has one. */
export function welcome(): Promise<string> {
  const known = sessionStorage.getItem(KEY);
  if (known !== null) return Promise.resolve(known);
  const dialog = element('welcome', HTMLDialogElement);
  const field = element('name', HTMLInputElement);
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  dialog.showModal();
  return new Promise((resolve) => {
    element('welcome-form', HTMLFormElement).addEventListener('submit', (event) => {
      const name = field.value.trim();
      if (name === '') {
        event.preventDefault();
        field.value = '';
        field.reportValidity();
        return;
      }
      sessionStorage.setItem(KEY, name);
      resolve(name);
    });
  });
}
