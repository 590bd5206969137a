import { type From, GenStateMachine, type Ref, type States, stop, sys } from '@rekindle/kernel';

interface Events {
  push(): void;
  lock(code: string): void;
  unlock(code: string): boolean;
  tries(): number;
}

export class Door extends GenStateMachine<{ states: 'open' | 'closed' | 'locked'; events: Events }> {
  #code = '';
  failures = 0;
  override init() {
    return this.next('closed');
  }

  static states: States<Door> = {
    closed: {
      push() {
        return this.next('open', { stateTimeoutMs: 5000 });
      },
      lock(code) {
        this.#code = code;
        return this.next('locked');
      },
    },
    open: {
      stateTimeout() {
        return this.next('closed');
      },
      lock() {
        return this.postpone();
      },
    },
    locked: {
      enter() {
        this.failures = 0;
      },
      unlock(code) {
        if (code === this.#code) return this.next('closed', { reply: true });
        this.failures++;
        return false;
      },
      tries() {
        return this.failures;
      },
    },
  };
}

export async function demo(): Promise<(boolean | number)[]> {
  const door = await Door.startLink();
  door.cast('lock', '1234');
  const answers = [await door.call('unlock', '0000'), await door.call('tries'), await door.call('unlock', '1234')];
  const { state, data } = await sys.getState(door);
  return [...answers, state === 'closed', data.failures];
}

interface JobEvents {
  submit(work: string): string;
  note(text: string): void;
}
export class Job extends GenStateMachine<{
  states: 'idle' | 'busy';
  events: JobEvents;
  internal: { check(n: number): void };
  timeouts: 'retry' | 'giveUp';
  info: { type: 'tick' };
}> {
  #from: From<string> | null = null;
  override init({ first }: { first: 'idle' | 'busy' }) {
    return this.next(first, { timeouts: { retry: 10 }, insert: [['check', 1]] });
  }
  static states: States<Job> = {
    idle: {
      submit(work) {
        this.#from = this.from<string>();
        return work === '' ? stop('normal', 'nothing') : this.next('busy', { noreply: this.#from, timeouts: { giveUp: 100, retry: null } });
      },
    },
    busy: {
      enter(from) {
        const old: 'idle' | 'busy' = from;
        void old;
        return this.keep({ stateTimeoutMs: 5 });
      },
      submit() {
        return this.postpone();
      },
      timeout(name) {
        const which: 'retry' | 'giveUp' = name;
        if (which === 'giveUp') this.#from?.reply('gave up');
        return this.next('idle');
      },
      async info(message) {
        if (message.type === 'tick') return this.next('idle', { insert: [['note', 'ticked']], hibernate: true });
        return;
      },
    },
    '*': {
      note(text) {
        void text.length;
      },
      internal: {
        check(n) {
          void (n + 1);
        },
      },
    },
  };
}

export class Mistakes extends GenStateMachine<{
  states: 'a' | 'b';
  events: Events;
  internal: { tidy(n: number): void };
  timeouts: 'late';
}> {
  override init() {
    // @ts-expect-error no such state
    return this.next('c');
  }
  static states: States<Mistakes> = {
    a: {
      // @ts-expect-error a reply of the wrong type
      unlock() {
        return 'yes';
      },
      // @ts-expect-error a transition without the reply that the caller is promised
      tries() {
        return this.next('b');
      },
      push() {
        // @ts-expect-error an event to insert that there is not
        return this.next('b', { insert: [['tidi', 1]] });
      },
      lock(code) {
        // @ts-expect-error its argument is a string
        const n: number = code;
        void n;
        // @ts-expect-error no such timeout
        return this.next('b', { timeouts: { soon: 1 } });
      },
    },
    b: {
      // @ts-expect-error entering a state answers nobody
      enter() {
        return 1;
      },
      internal: {
        // @ts-expect-error an argument of the wrong type
        tidy(n: string) {
          void n;
        },
      },
    },
  };
}

export class Misspelled extends GenStateMachine<{ states: 'a'; events: Events }> {
  override init() {
    return this.next('a');
  }
  static states: States<Misspelled> = {
    a: {
      // @ts-expect-error no such event
      pusch() {},
    },
  };
}

export class Superfluous extends GenStateMachine<{ states: 'a'; events: Events }> {
  override init() {
    return this.next('a');
  }
  static states: States<Superfluous> = {
    a: {},
    // @ts-expect-error no such state
    c: {},
  };
}

export async function wrong(door: Ref<Door>, job: Ref<Job>): Promise<void> {
  // @ts-expect-error misspelled event
  await door.call('unlok', '1');
  // @ts-expect-error wrong argument
  await door.call('unlock', 1);
  // @ts-expect-error wrong reply type
  const text: string = await door.call('unlock', '1');
  // @ts-expect-error internal events are the machine's own
  job.cast('check', 1);
  // @ts-expect-error wrong message
  job.send({ type: 'tock' });
  // @ts-expect-error init needs its argument
  await Job.start();
  const state: 'idle' | 'busy' = (await sys.getState(job)).state;
  const failures: number = (await sys.getState(door)).data.failures;
  await sys.replaceState(door, { state: 'open', data: { failures: 2 } });
  // @ts-expect-error no such state
  await sys.replaceState(door, { state: 'ajar' });
  void [text, state, failures];
}
