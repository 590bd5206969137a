import type { Channel, Socket } from 'phoenix';
import type { Message, RoomContract } from '../src/room-contract.js';
import { element } from './elements.js';
//#if presence
import { showPeople } from './people.js';
//#end

type Joined = RoomContract['join']['reply'];

/** One room on the stock Phoenix client, which connects and joins again by itself. */
export class Room {
  readonly #channel: Channel;
  readonly #messages = element('messages', HTMLOListElement);
  readonly #status = element('status', HTMLElement);
  readonly #body = element('body', HTMLInputElement);
  /** The room's process, as far as we know. */
  #process = '';

  constructor(socket: Socket, name: string) {
    this.#channel = socket.channel(`room:${name}`, {});
    this.#channel.on('new_msg', (message: Message) => this.#show(message));
    this.#channel.on('room_restarted', ({ room }: RoomContract['out']['room_restarted']) => this.#restarted(room));
    this.#channel.onError(() => this.#tell(socket.isConnected() ? 'Your channel crashed, rejoining…' : 'Reconnecting…'));
    //#if presence
    showPeople(this.#channel);
    //#end
    this.#channel
      .join()
      .receive('ok', (reply: Joined) => this.#joined(reply))
      .receive('error', ({ reason }: RoomContract['join']['error']) => this.#tell(`Could not join: ${reason}`));

    element('composer', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#say(this.#body.value.trim());
    });
    element('crash-room', HTMLButtonElement).addEventListener('click', () => this.#channel.push('crash_room', {}));
    element('crash-channel', HTMLButtonElement).addEventListener('click', () => this.#channel.push('crash_channel', {}));
  }

  /** Also after each rejoin. */
  #joined({ room, messages }: Joined): void {
    this.#process = room;
    this.#messages.replaceChildren();
    for (const message of messages) this.#show(message);
    this.#tell('Connected');
  }

  /** A room that we have joined already is no news. */
  #restarted(room: string): void {
    if (room === this.#process) return;
    this.#process = room;
    this.#messages.replaceChildren();
    this.#tell('The room crashed and was restarted: its messages are gone, everybody is still in it');
  }

  #say(body: string): void {
    if (body === '') return;
    this.#channel
      .push('new_msg', { body })
      .receive('ok', () => {
        this.#body.value = '';
      })
      .receive('error', ({ reason }: RoomContract['in']['new_msg']['error']) => this.#tell(`Not sent: ${reason}`))
      .receive('timeout', () => this.#tell('Not sent: no answer'));
  }

  /** Text goes in as text: nothing that anybody writes becomes markup. */
  #show({ name, body }: Message): void {
    const author = document.createElement('b');
    author.textContent = name;
    const item = document.createElement('li');
    item.append(author, ' ', body);
    this.#messages.append(item);
    item.scrollIntoView({ block: 'nearest' });
  }

  #tell(text: string): void {
    this.#status.textContent = text;
  }
}
