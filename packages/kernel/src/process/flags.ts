// Bits of Proc.flags. Numbers rather than an enum: they are tested on every message.
//
// What is done for every message tests them by masks of its own file (`const IDLE = ...`): the engine folds a constant of the
// module into the code, but reads an imported one, and checks that it is there, at each use.

/** In the run queue. */
export const QUEUED = 1;
/** Inside a handler: running now, or suspended in an `await`. Gets no further message until it is done. */
export const BUSY = 2;
/** Exit signals arrive as messages. */
export const TRAP = 4;
/** Ended. */
export const DEAD = 8;
/** The next turn does something else first: start the process, resume a waiting generator. */
export const WAKE = 16;
/** Sends take the long way: bounded mailbox, strict messages, suspended by `sys`. */
export const SLOW = 32;
/** Exit signals arrived while it was running; they take effect when this stretch of the handler ends. */
export const SIGNALLED = 64;
/** A receive timeout (`this.timeout(ms)`) is armed; the next message disarms it. */
export const IDLE_TIMER = 128;
/** Not a process of this thread: the record that all pids of other threads and nodes share. */
export const ELSEWHERE = 256;
/** In an `await` of its handler: BUSY stays set until the promise settles. */
export const SUSPENDED = 1024;
/** Running its `terminate`. */
export const TERMINATING = 512;
/** `sys` has suspended the process or looks on: it asks before it takes a message. */
export const WATCHED = 2048;
/** Has sent more than a lane takes: gets no further message until that is less (`hold.ts`). */
export const HELD = 1 << 20;
/** Held, and its turn has come: QUEUED stays set, but it is in no queue. */
export const PARKED = 1 << 21;
