import type { ProcessInfo } from '../src/chat-contract.js';
import { element } from './elements.js';

const TEXTS = {
  connecting: 'Connecting…',
  connected: 'Connected',
  rejoining: 'Rejoining…',
  reconnecting: 'Reconnecting…',
};

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** How this window is connected, and to which processes. */
export class Status {
  readonly #status = element('status', HTMLElement);
  readonly #room = element('room-process', HTMLElement);
  readonly #channel = element('channel-process', HTMLElement);
  readonly #connection = element('connection', HTMLElement);

  show(state: keyof typeof TEXTS): void {
    this.#status.dataset.state = state;
    this.#status.textContent = TEXTS[state];
  }

  processes(room: ProcessInfo, channel: ProcessInfo): void {
    this.#room.textContent = described(room);
    this.#channel.textContent = described(channel);
  }

  open(): void {
    this.#connection.textContent = `open since ${clock.format(Date.now())}`;
  }

  closed(): void {
    this.#connection.textContent = 'closed';
  }
}

function described({ pid, thread }: ProcessInfo): string {
  return `${thread === 0 ? 'main thread' : `thread ${thread}`}, ${pid}`;
}
