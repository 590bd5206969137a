import { appendFileSync, mkdirSync } from 'node:fs';
import { machine } from './machine.js';
import { HERE } from './paths.js';

/** Every single run of one measurement, kept as JSON lines in a folder that git ignores. */
export class RawResults {
  readonly #file: string;

  constructor(bench: string) {
    const folder = `${HERE}artifacts`;
    mkdirSync(folder, { recursive: true });
    this.#file = `${folder}/${bench}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`;
    this.add({ machine: machine() });
  }

  add(record: object): void {
    appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
  }
}
