import type { Message } from '../src/chat-contract.js';
import { avatar, create, element, timeElement } from './elements.js';

/** Further away from the end than this, the reader is looking at something older. */
const NEAR_END_PX = 80;

/** What has been said in the room. */
export class MessageList {
  readonly #list = element('messages', HTMLOListElement);
  readonly #empty = element('no-messages', HTMLParagraphElement);
  #lastAuthor = '';

  replace(messages: readonly Message[], ownId: string): void {
    this.clear();
    for (const message of messages) this.#append(message, ownId);
    this.#scrollToEnd();
  }

  add(message: Message, ownId: string): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.#append(message, ownId);
    if (atEnd || message.userId === ownId) this.#scrollToEnd();
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#lastAuthor = '';
    this.#empty.hidden = false;
  }

  /** Who said it stands above the first of several messages in a row. */
  #append({ userId, name, body, at }: Message, ownId: string): void {
    const item = create('li', userId === ownId ? 'message own' : 'message');
    if (userId !== this.#lastAuthor) {
      item.classList.add('first');
      item.append(avatar(userId, name), create('p', 'author', create('b', '', userId === ownId ? 'You' : name), ' ', timeElement(at)));
    }
    item.append(create('p', 'body', body));
    this.#list.append(item);
    this.#lastAuthor = userId;
    this.#empty.hidden = true;
  }

  #scrollToEnd(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
