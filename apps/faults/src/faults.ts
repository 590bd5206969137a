import { execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { threadId } from 'node:worker_threads';
import { spawn } from 'rekindle';
import { breakFromNowOn, END_THREAD } from './broken.js';

/** What has to come of it. */
export type Outcome =
  /** Its thread is replaced, the actor restarts elsewhere, all sockets stay. */
  | 'thread replaced'
  /** Only the actor restarts. */
  | 'actor restarted'
  /** Nobody notices, the actor included. */
  | 'unharmed'
  /** Node ends the process; the process manager starts it again. */
  | 'process ends';

export interface Fault {
  readonly name: string;
  readonly group: 'stuck' | 'memory' | 'other';
  readonly expected: Outcome;
  /** What may come of it as well. */
  readonly or?: Outcome;
  /** What the actor does. */
  readonly act?: () => void;
  /** What is done to the process from outside. */
  readonly signal?: { readonly send: NodeJS.Signals; readonly after: { readonly ms: number; readonly send: NodeJS.Signals } };
  /** The thread is inside a native call, which nothing can end. */
  readonly native?: true;
  /** With which code the process ends by itself; undefined: by a signal of V8's. */
  readonly exitCode?: number;
  readonly why?: string;
}

/** Memory that nothing may collect. */
const kept: unknown[] = [];

/** Fills memory in small steps, for some milliseconds at a time, as a leak does. */
function leak(step: () => void): void {
  setInterval(() => {
    const until = performance.now() + 4;
    while (performance.now() < until) step();
  }, 6);
}

function stuck(name: string, act: () => void): Fault {
  return { name, group: 'stuck', expected: 'thread replaced', act };
}

const NATIVE = 'written off if the native call takes longer than a second; a stop of the process meanwhile ends with SIGKILL';

function stuckInside(name: string, act: () => void, why: string = NATIVE): Fault {
  return { name, group: 'stuck', expected: 'thread replaced', act, native: true, why };
}

function memory(name: string, act: () => void, expected: Outcome = 'thread replaced', why?: string): Fault {
  return { name, group: 'memory', expected, act, ...(why === undefined ? {} : { why }) };
}

function other(name: string, expected: Outcome, act: () => void, why?: string): Fault {
  return { name, group: 'other', expected, act, ...(why === undefined ? {} : { why }) };
}

const text = JSON.stringify(Array.from({ length: 200_000 }, (_, n) => ({ n, text: `number ${n}` })));

export const faults: readonly Fault[] = [
  stuck('while (true)', () => {
    for (;;);
  }),
  stuck('endless microtasks', () => {
    const again = (): void => queueMicrotask(again);
    again();
  }),
  stuck('endless process.nextTick', () => {
    const again = (): void => process.nextTick(again);
    again();
  }),
  stuck('endless promise loop', () => {
    void (async () => {
      for (;;) await null;
    })();
  }),
  stuck('catastrophic regular expression', () => void /^(a+)+$/.test(`${'a'.repeat(60)}!`)),
  stuck('Atomics.wait', () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)),
  stuck('try/catch inside a loop', () => {
    for (;;) {
      try {
        throw new Error('again');
      } catch {}
    }
  }),
  stuckInside('huge sort in a loop', () => {
    for (;;) Array.from({ length: 2_000_000 }, Math.random).sort();
  }),
  stuckInside(
    'JSON.parse of a huge string in a loop',
    () => {
      for (;;) JSON.parse(text);
    },
    'V8 looks for a request to end while it parses, and forgets it: never ends; a stop of the process ends with SIGKILL',
  ),
  stuckInside("execSync('sleep 20')", () => void execSync('sleep 20')),
  stuckInside('pbkdf2Sync', () => void pbkdf2Sync('secret', 'salt', 20_000_000, 64, 'sha512')),
  memory('arrays of arrays', () => leak(() => kept.push(Array.from({ length: 200 }, () => new Array(50).fill(kept.length))))),
  {
    ...memory('one growing array', () =>
      leak(() => {
        for (let i = 0; i < 5_000; i++) kept.push(i + 0.5);
      }),
    ),
    or: 'process ends',
    why: 'an array that outgrows its place is copied to one of half as much again: V8 may end the process (signal, no exit code)',
  },
  {
    ...memory('growing Map', () => {
      const map = new Map<number, object>();
      kept.push(map);
      leak(() => {
        for (let i = 0; i < 1_000; i++) map.set(map.size, { n: map.size });
      });
    }),
    or: 'process ends',
    why: 'a Map that outgrows its table is copied to one of twice the size: V8 may end the process (signal, no exit code)',
  },
  memory('strings', () => leak(() => kept.push(Buffer.alloc(50_000, `${Math.random()} `).toString('latin1')))),
  {
    ...memory('one huge filled array', () => void kept.push(new Array(30_000_000).fill(0.5))),
    or: 'process ends',
    why: 'asked for in one piece, so no watermark sees it coming: V8 may end the process (signal, no exit code)',
  },
  {
    ...memory('one big JSON.parse', () => void kept.push(JSON.parse(`[${'[1.5],'.repeat(5_000_000)}0]`))),
    native: true,
    or: 'process ends',
    why: 'V8 tells the thread to end at its limit, and JSON.parse does not hear it: replaced as stuck, and written off',
  },
  memory('queue of messages to a slow actor', () => {
    const slow = spawn(async (context) => {
      for (;;) {
        await context.receive();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    });
    leak(() => {
      for (let i = 0; i < 50; i++) slow.send({ number: i, list: new Array(50).fill(i) });
    });
  }),
  {
    ...memory('Buffers outside the heap', () => {
      const timer = setInterval(() => {
        if (kept.push(Buffer.alloc(2 ** 20, 1)) === 400) clearInterval(timer);
      }, 5);
    }),
    expected: 'unharmed',
    why: '400 MiB, three times the limit: it is one of the heap, and what is outside it nobody limits but the machine (or container), with SIGKILL',
  },
  memory('closures in timers', () =>
    leak(() => {
      for (let i = 0; i < 200; i++) {
        const held = new Array(50).fill(i);
        setTimeout(() => held.length, 3_600_000);
      }
    }),
  ),
  memory('leak of listeners', () => {
    const emitter = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
    leak(() => {
      for (let i = 0; i < 500; i++) {
        const held = new Array(20).fill(i);
        emitter.on('event', () => held.length);
      }
    });
  }),
  memory(
    'everything in one go',
    () => {
      for (;;) kept.push(new Array(10_000).fill(kept.length));
    },
    'thread replaced',
    'no turn ends in which the watermark could be seen; V8 ends the thread at its limit',
  ),
  other('throws', 'actor restarted', () => {
    throw new Error('thrown by the actor');
  }),
  other('throws in a timer', 'unharmed', () => {
    setTimeout(() => {
      throw new Error('thrown in a timer');
    });
  }),
  other('unhandled rejection', 'unharmed', () => void Promise.reject(new Error('nobody handles this'))),
  other('throws in an EventEmitter', 'unharmed', () => {
    const emitter = new EventEmitter();
    setImmediate(() => emitter.emit('error', new Error('no listener')));
  }),
  other('worker ended from outside', 'thread replaced', () => void new BroadcastChannel(END_THREAD).postMessage(threadId)),
  {
    ...other('module that throws when it is loaded again', 'process ends', () => {
      breakFromNowOn('module');
      process.exit();
    }),
    exitCode: 70,
    why: 'no replacement can be started',
  },
  {
    ...other('crash loop', 'process ends', () => {
      breakFromNowOn('actor');
      throw new Error('and again at each restart');
    }),
    exitCode: 70,
    why: 'its supervisor gives up, and so does the process: threads are not restarted for what an actor does',
  },
  other('process.exit()', 'thread replaced', () => process.exit(3)),
  other('process.chdir()', 'actor restarted', () => process.chdir('/'), 'Node refuses it on a thread'),
  other('process.abort()', 'actor restarted', () => process.abort(), 'Node refuses it on a thread'),
  other('500 MB of garbage a second', 'unharmed', () => {
    setInterval(() => {
      for (let i = 0; i < 50; i++) new Array(10_000).fill(i);
    }, 8);
  }),
  {
    name: 'SIGSTOP of the process for 3 s',
    group: 'other',
    expected: 'unharmed',
    signal: { send: 'SIGSTOP', after: { ms: 3_000, send: 'SIGCONT' } },
  },
];
