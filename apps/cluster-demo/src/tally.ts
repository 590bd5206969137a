/** What a process has of the numbers of another one: `next` is undefined until the first one after its node was up. */
interface Voice {
  next: number | undefined;
  /** The largest number that ever came. */
  last: number;
}

/** Counts numbers that are lost or doubled while the node they come from is up. What is lost with a `nodedown` is no loss: it was said. */
export class Tally {
  heard = 0;
  lost = 0;
  doubled = 0;
  readonly #voices = new Map<string, Voice>();

  /** The next number of that process of that node. */
  hear(node: string, run: number, number: number): void {
    const key = `${node}/${run}`;
    const voice = this.#voices.get(key) ?? { next: undefined, last: -1 };
    this.#voices.set(key, voice);
    this.heard++;
    if (number <= voice.last) {
      this.doubled++;
      return;
    }
    if (voice.next !== undefined) this.lost += number - voice.next;
    voice.next = number + 1;
    voice.last = number;
  }

  /** The node is down: numbers on their way are gone. */
  down(node: string): void {
    for (const [key, voice] of this.#voices) if (key.startsWith(`${node}/`)) voice.next = undefined;
  }
}
