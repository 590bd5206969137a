// What travels between threads and nodes: arrays of an operation and its arguments. Processes of the receiving side are
// named by serial, those of the sending side by pid. `ref` numbers belong to the kernel that made them.

export const MESSAGE = 0; // [to, message]
export const MESSAGE_NAME = 1; // [name, message]
export const MESSAGE_ALIAS = 2; // [ref, message]
export const EXIT = 3; // [to, from, reason]
export const LINK = 4; // [to, from]
export const UNLINK = 5; // [to, from, id]
export const UNLINK_ACK = 6; // [to, from, id]
export const LINK_EXIT = 7; // [to, from, reason]
export const MONITOR = 8; // [to, ref]
export const MONITOR_NAME = 9; // [name, ref]
export const DEMONITOR = 10; // [ref]
export const DOWN = 11; // [ref, from | null, reason]
export const CALL = 12; // [to, from | null, ref, name, args]
export const CALL_NAME = 13; // [registered name, from | null, ref, name, args]
export const FORGET_CALL = 14; // [ref]
export const REPLY = 15; // [ref, value]
export const CALL_FAILED = 16; // [ref, code, reason]
export const CAST = 17; // [to, name, args]
export const CAST_NAME = 18; // [registered name, name, args]
export const SPAWN = 19; // [ref, parent | null, linked, class, args, name | null, mailbox | null]
export const STARTED = 20; // [ref, pid]
export const START_IGNORED = 21; // [ref, child]
export const START_FAILED = 22; // [ref, child | null, code, reason, holder of the name | null]
export const START_KILL = 23; // [ref]

export type Signal = readonly [operation: number, ...args: unknown[]];
