import { type ExitReason, type From, GenStateMachine, type States, stop, type Transition } from '@rekindle/kernel';

/** One result of a handler, as a recording has it. */
export interface Result {
  readonly k?: 'next' | 'same' | 'keep' | 'repeat' | 'value' | 'stop';
  readonly s?: StateName;
  readonly reason?: string;
  readonly reply?: 'now' | 'later';
  readonly answer?: true;
  readonly post?: true;
  readonly st?: number | null;
  readonly et?: number;
  readonly to?: readonly (readonly ['a' | 'b', number | null])[];
  readonly ins?: readonly [InsertedName][];
}

export interface Program {
  readonly init: Result;
  readonly states: Readonly<Record<StateName, Readonly<Record<string, readonly Result[]>>>>;
  readonly script: readonly { i: number; step: number; op: 'call' | 'cast' | 'info'; e: 'e0' | 'e1' | 'e2' }[];
}

type StateName = 's0' | 's1' | 's2' | 'other';
type InsertedName = 'i0' | 'i1' | 'e0' | 'e1' | 'e2';
type Id = number | 'ins';
interface Events {
  e0(id: Id): string;
  e1(id: Id): string;
  e2(id: Id): string;
}
interface Machine {
  states: StateName;
  events: Events;
  internal: { i0(id: Id): void; i1(id: Id): void };
  timeouts: 'a' | 'b';
  info: { i: number };
}
interface Start {
  readonly program: Program;
  readonly log: Entry[];
  readonly now: () => number;
  readonly ended: (reason: ExitReason) => void;
}
export type Entry = readonly [time: number, state: string, what: string];

const BUDGET = 40;

/** Plays the program of a recording and notes what it gets. */
export class RecordedMachine extends GenStateMachine<Machine> {
  #program!: Program;
  #log!: Entry[];
  #now!: () => number;
  readonly #turns = new Map<string, number>();
  readonly #later: From<string>[] = [];
  #ended!: (reason: ExitReason) => void;
  #state!: StateName;
  /** The states of the transition under way, for `enter`, which `gen_statem` tells of the state being entered. */
  #next!: StateName;

  override init({ program, log, now, ended }: Start): Transition<void> {
    this.#ended = ended;
    this.#program = program;
    this.#log = log;
    this.#now = now;
    const first = program.init.s as StateName;
    this.#next = this.#state = first;
    return this.next(first, options(program.init)) as Transition<void>;
  }

  override terminate(reason: ExitReason): void {
    this.#ended(reason);
  }

  /** What `gen_statem` would call with: notes it, and looks up what to do. */
  play(key: string, what: string, state: StateName, call: boolean): Result | null {
    const results = this.#program.states[state]?.[key];
    if (key === 'enter' && results === undefined) return null;
    this.#log.push([this.#now(), state, what]);
    if (this.#log.length > BUDGET) return { k: 'stop', reason: 'budget' };
    if (results === undefined) return { k: 'stop', reason: 'unhandled' };
    const turn = this.#turns.get(`${state} ${key}`) ?? 0;
    this.#turns.set(`${state} ${key}`, turn + 1);
    const result = results[turn % results.length] as Result;
    if (result.answer === true) this.#later.shift()?.reply('r late');
    if (call && result.reply === 'later' && result.k !== 'value') this.#later.push(this.from<string>());
    return result;
  }

  #act(result: Result | null, call: boolean): unknown {
    if (result === null) return undefined;
    const { k, s, reason = '', reply, post } = result;
    if (k === 'stop') return call && reply === 'now' ? stop(reason, 'r') : stop(reason);
    if (k === 'value' && call) return 'r';
    const answer = !call || post === true ? {} : reply === 'now' ? { reply: 'r' } : { noreply: this.#later.at(-1) as From<string> };
    const all = { ...options(result), ...answer };
    if (k === 'next') this.#next = s as StateName;
    if (k === 'next') return this.next(s as StateName, all as object);
    if (k === 'same') return this.next(this.#next, all as object);
    return k === 'repeat' ? this.repeat(all as object) : this.keep(all as object);
  }

  event(key: string, what: string, call = false): never {
    this.#state = this.#next = this.currentState;
    return this.#act(this.play(key, what, this.#state, call), call) as never;
  }

  entered(from: StateName): never {
    return this.#act(this.play('enter', `enter ${from}`, this.#next, false), false) as never;
  }

  /** A call, unless nobody waits for the answer. */
  request(name: string, id: Id): never {
    const call = this.#isCall();
    return this.event(name, `${call ? 'call' : 'cast'} ${name} ${id}`, call);
  }

  #isCall(): boolean {
    try {
      this.from();
      return true;
    } catch {
      return false;
    }
  }

  static states: States<RecordedMachine> = {
    s0: {},
    s1: {},
    s2: {},
    other: {},
    '*': {
      enter(from) {
        return this.entered(from);
      },
      e0(id) {
        return this.request('e0', id);
      },
      e1(id) {
        return this.request('e1', id);
      },
      e2(id) {
        return this.request('e2', id);
      },
      internal: {
        i0(id) {
          return this.event('i0', `internal i0 ${id}`);
        },
        i1(id) {
          return this.event('i1', `internal i1 ${id}`);
        },
      },
      info(message) {
        return this.event('m', `info m ${(message as { i: number }).i}`);
      },
      stateTimeout() {
        return this.event('stateTimeout', 'stateTimeout');
      },
      eventTimeout() {
        return this.event('eventTimeout', 'eventTimeout');
      },
      timeout(name) {
        return this.event(name, `timeout ${name}`);
      },
    },
  };
}

function options({ st, et, to, ins, post }: Result): object {
  return {
    ...(st === undefined ? {} : { stateTimeoutMs: st }),
    ...(et === undefined ? {} : { eventTimeoutMs: et }),
    ...(to === undefined ? {} : { timeouts: Object.fromEntries(to) }),
    ...(ins === undefined ? {} : { insert: ins.map(([name]) => [name, 'ins']) }),
    ...(post === undefined ? {} : { postpone: true }),
  };
}
