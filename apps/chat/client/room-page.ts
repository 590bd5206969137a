import type { Socket } from 'phoenix';
import type { Message, ProcessInfo } from '../src/chat-contract.js';
import { Composer } from './composer.js';
import { MessageList } from './message-list.js';
import { Notices } from './notices.js';
import { PeopleList } from './people-list.js';
import { type Joined, type Person, Room, type RoomEvents } from './room.js';
import { Status } from './status.js';
import { Trouble } from './trouble.js';
import { TypingLine } from './typing-line.js';

/** The window's one room at a time: tells what happens there to the parts of the page. */
export class RoomPage implements RoomEvents {
  readonly #socket: Socket;
  readonly #messages = new MessageList();
  readonly #people = new PeopleList();
  readonly #typing = new TypingLine();
  readonly #notices = new Notices();
  readonly #status = new Status();
  readonly #composer: Composer;
  readonly #trouble: Trouble;
  #room: Room | undefined;
  /** What the server has said of us and the room; undefined until the first join. */
  #known: Joined | undefined;
  /** The connection was lost since then. */
  #wasLost = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#composer = new Composer(
      (body) => this.#say(body),
      () => this.#room?.isJoined && this.#room.typing(),
    );
    this.#trouble = new Trouble({
      crashRoom: () => this.#room?.crashRoom(),
      crashChannel: () => this.#room?.crashChannel(),
      block: () => this.#block(),
    });
    socket.onOpen(() => this.#status.open());
    socket.onClose(() => this.#connectionLost());
  }

  enter(name: string): void {
    this.#room?.leave();
    this.#known = undefined;
    this.#messages.clear();
    this.#typing.clear();
    this.#notices.clear('room');
    this.#notices.clear('channel');
    this.#trouble.allow(false);
    this.#status.show('connecting');
    this.#room = new Room(this.#socket, name, this);
    this.#composer.focus();
  }

  // ---------------------------------------------------------------- what the room tells

  joined(reply: Joined): void {
    const before = this.#known;
    this.#known = reply;
    this.#messages.replace(reply.messages, reply.userId);
    this.#status.processes(reply.room, reply.channel);
    this.#status.show('connected');
    this.#trouble.allow(true);
    if (before !== undefined) this.#tellRejoin(before, reply);
    this.#wasLost = false;
  }

  refused(reason: string): void {
    this.#status.show('rejoining');
    this.#notices.show('channel', 'trouble', `The room could not be joined (${reason}), trying again…`);
  }

  channelCrashed(): void {
    this.#trouble.allow(false);
    this.#typing.clear();
    this.#status.show('rejoining');
    this.#notices.show('channel', 'trouble', 'Your channel crashed, rejoining…');
  }

  /** A new process is a new story. The room we have joined is told as well, if we were there when it started. */
  roomRestarted(room: ProcessInfo, messages: Message[]): void {
    const known = this.#known;
    if (known === undefined || known.room.pid === room.pid) return;
    this.#known = { ...known, room };
    this.#messages.replace(messages, this.#ownId);
    this.#typing.clear();
    this.#status.processes(room, known.channel);
    this.#tellRestart(messages);
  }

  message(message: Message): void {
    this.#messages.add(message, this.#ownId);
    this.#typing.stopped(message.userId);
  }

  typing(userId: string, name: string): void {
    this.#typing.typing(userId, name);
  }

  people(people: Person[]): void {
    this.#people.show(people, this.#ownId);
  }

  // ---------------------------------------------------------------- what the banners say

  #tellRejoin(before: Joined, { room, channel, messages }: Joined): void {
    this.#notices.clear('channel');
    if (this.#wasLost) {
      this.#notices.show('connection', 'recovered', 'Connected again.');
      return;
    }
    const cause = `Thread ${before.channel.thread} was replaced`;
    const what =
      channel.thread === before.channel.thread ? 'Your channel is back' : `${cause}, your channel is back on thread ${channel.thread}`;
    this.#notices.show('channel', 'recovered', `${what}. The connection stayed open.`);
    if (room.pid !== before.room.pid) this.#tellRestart(messages);
  }

  #tellRestart(messages: readonly Message[]): void {
    const what = messages.length === 0 ? 'Its messages are gone.' : 'Another node still knew its messages.';
    this.#notices.show('room', 'recovered', `The room crashed and was restarted by its supervisor. ${what}`);
  }

  #connectionLost(): void {
    this.#wasLost = true;
    this.#trouble.allow(false);
    this.#typing.clear();
    this.#status.closed();
    this.#status.show('reconnecting');
    this.#notices.clear('channel');
    this.#notices.show('connection', 'trouble', 'The connection is lost, reconnecting…');
  }

  // ---------------------------------------------------------------- what the user does

  #say(body: string): void {
    this.#room?.say(body, (reason) => {
      this.#composer.giveBack(body);
      this.#notices.show('message', 'recovered', `The message was not sent: ${reason}.`);
    });
  }

  #block(): void {
    const thread = this.#known?.channel.thread ?? 0;
    this.#trouble.allow(false);
    this.#notices.show('channel', 'trouble', `Thread ${thread} is blocked by an endless loop. The watchdog gives it two seconds…`);
    this.#room?.block((reason) => {
      this.#trouble.allow(true);
      this.#notices.show('channel', 'recovered', `Nothing was blocked: ${reason}.`);
    });
  }

  get #ownId(): string {
    return this.#known?.userId ?? '';
  }
}
