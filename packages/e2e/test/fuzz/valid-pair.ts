import { type Frame, RawClient } from '../raw-client.js';

/** The first use of presence starts a process that stays: somebody is there for a moment. */
export async function usePresence(port: number): Promise<void> {
  const client = await RawClient.connect(port);
  await client.join('presence:warm');
  await client.next((frame) => frame[3] === 'presence_diff');
  client.close();
}

/** Two clients that do nothing wrong, in one room, and hear nothing but each other. */
export class ValidPair {
  readonly #clients: readonly [RawClient, RawClient];
  readonly #topic: string;
  #round = 0;

  private constructor(clients: readonly [RawClient, RawClient], topic: string) {
    this.#clients = clients;
    this.#topic = topic;
  }

  static async open(port: number, name: string): Promise<ValidPair> {
    const topic = `room:valid-${name}`;
    const clients = [await RawClient.connect(port), await RawClient.connect(port)] as const;
    for (const client of clients) await client.join(topic);
    for (const { frames } of clients) frames.length = 0;
    return new ValidPair(clients, topic);
  }

  /** One asks and is answered, both hear what one broadcasts. Throws if either hears anything else, or in another order. */
  async round(): Promise<void> {
    const round = ++this.#round;
    // By turns: a client that said nothing for a minute would be closed.
    const [ann, bob] = round % 2 === 0 ? this.#clients : [this.#clients[1], this.#clients[0]];
    const { response } = await ann.push(this.#topic, 'echo', { round });
    if (JSON.stringify(response) !== JSON.stringify({ round })) throw new Error(`echoed ${JSON.stringify(response)}`);
    ann.send(JSON.stringify([null, null, this.#topic, 'new_msg', { round }]));
    const isRound = (frame: Frame): boolean => frame[3] === 'new_msg' && frame[4].round === round;
    await Promise.all([ann.next(isRound), bob.next(isRound)]);
    const heard = [ann, bob].map(({ frames }) =>
      frames
        .splice(0)
        .map(([, , topic, event]) => `${topic} ${event}`)
        .join(),
    );
    const expected = [`${this.#topic} phx_reply,${this.#topic} new_msg`, `${this.#topic} new_msg`];
    if (heard.join(';') !== expected.join(';')) throw new Error(`round ${round}: heard ${heard.join(';')}`);
  }

  /** Leave, so that their channels are not counted. */
  close(): void {
    for (const client of this.#clients) client.close();
  }
}
