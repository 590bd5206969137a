/** One thing that a process of a random program does. */
export type Op =
  | { readonly op: 'link' | 'unlink' | 'monitor'; readonly by: number; readonly to: number }
  | { readonly op: 'demonitor'; readonly by: number; readonly nth: number; readonly flush: boolean }
  | { readonly op: 'send'; readonly by: number; readonly to: number }
  | { readonly op: 'exit'; readonly by: number; readonly to: number; readonly reason: string }
  | { readonly op: 'end'; readonly by: number; readonly reason: string }
  | { readonly op: 'trap'; readonly by: number; readonly on: boolean }
  | { readonly op: 'register'; readonly by: number; readonly name: string }
  | { readonly op: 'spawnLink'; readonly by: number };

/** A message as a test compares it: who it came from, and what it said. */
export interface Mail {
  readonly from: number;
  readonly what: string;
}

/** Mail of the model, with the operation that led to it. */
interface Expected extends Mail {
  readonly step: number;
}

interface Watch {
  readonly ref: number;
  readonly by: Process;
  readonly target: number;
  over: boolean;
}

class Process {
  alive = true;
  trap = false;
  name: string | null = null;
  readonly links = new Set<Process>();
  readonly mail: Expected[] = [];
  readonly watches: Watch[] = [];
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

/** What OTP says about links, monitors, exit signals and names, for processes that do one thing at a time. */
export class ProcessModel {
  readonly processes: Process[] = [];
  readonly #watches: Watch[] = [];
  #refs = 0;
  #sent = 0;
  #step = 0;

  spawn(): number {
    this.processes.push(new Process(this.processes.length));
    return this.processes.length - 1;
  }

  nameOwner(name: string): number | undefined {
    return this.processes.find((process) => process.name === name)?.number;
  }

  /** What the operation answers, if it answers anything. */
  perform(op: Op): unknown {
    const by = this.#process(op.by);
    this.#step++;
    switch (op.op) {
      case 'link':
        return this.#link(by, this.#process(op.to));
      case 'unlink':
        return this.#unlink(by, this.#process(op.to));
      case 'monitor':
        return this.#monitor(by, this.#process(op.to));
      case 'demonitor':
        return this.#demonitor(by, op.nth, op.flush);
      case 'send': {
        const to = this.#process(op.to);
        const what = `message ${this.#sent++}`;
        if (to.alive) this.#post(to, by.number, what);
        return;
      }
      case 'exit':
        return this.#exit(by, this.#process(op.to), op.reason);
      case 'end':
        return this.#die(by, op.reason);
      case 'trap':
        by.trap = op.on;
        return;
      case 'register':
        if (by.name !== null || this.nameOwner(op.name) !== undefined) return 'badarg';
        by.name = op.name;
        return;
      case 'spawnLink':
        return this.#link(by, this.#process(this.spawn()));
    }
  }

  #process(number: number): Process {
    return this.processes[number] as Process;
  }

  #post(to: Process, from: number, what: string): void {
    to.mail.push({ from, what, step: this.#step });
  }

  #link(a: Process, b: Process): void {
    if (a === b) return;
    if (b.alive) {
      a.links.add(b);
      b.links.add(a);
    } else if (a.trap) this.#post(a, b.number, 'EXIT noproc');
    else this.#die(a, 'noproc');
  }

  #unlink(a: Process, b: Process): void {
    a.links.delete(b);
    b.links.delete(a);
  }

  #monitor(by: Process, target: Process): void {
    // A monitor of oneself is none.
    const watch = { ref: this.#refs++, by, target: target.number, over: by === target };
    by.watches.push(watch);
    this.#watches.push(watch);
    if (!target.alive) this.#down(watch, 'noproc');
  }

  #demonitor(by: Process, nth: number, flush: boolean): unknown {
    const watch = by.watches[nth % Math.max(1, by.watches.length)];
    if (watch === undefined) return 'none';
    const was = !watch.over;
    watch.over = true;
    if (flush && !was) {
      const at = by.mail.findIndex(({ what }) => what.startsWith(`DOWN ${watch.ref} `));
      if (at >= 0) by.mail.splice(at, 1);
    }
    return was;
  }

  #exit(from: Process, to: Process, reason: string): void {
    if (!to.alive) return;
    if (reason === 'kill') this.#die(to, 'killed');
    else if (to.trap) this.#post(to, from.number, `EXIT ${reason}`);
    else if (reason !== 'normal' || from === to) this.#die(to, reason);
  }

  #down(watch: Watch, reason: string): void {
    if (watch.over || !watch.by.alive) return;
    watch.over = true;
    this.#post(watch.by, watch.target, `DOWN ${watch.ref} ${reason}`);
  }

  #die(process: Process, reason: string): void {
    process.alive = false;
    process.name = null;
    for (const other of process.links) {
      other.links.delete(process);
      if (!other.alive) continue;
      if (other.trap) this.#post(other, process.number, `EXIT ${reason}`);
      else if (reason !== 'normal') this.#die(other, reason);
    }
    process.links.clear();
    for (const watch of this.#watches) if (watch.target === process.number) this.#down(watch, reason);
  }
}
