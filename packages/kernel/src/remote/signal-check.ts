import type { Address } from '../identity/address.js';
import { MAX_NAME_LENGTH } from '../identity/name.js';
import { ProcessId } from '../identity/pid.js';
import type { Signal } from './signal.js';
import * as op from './signal.js';

type Check = (value: unknown, from: Address) => boolean;

const MAX_REQUEST_LENGTH = 1024;

const number: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const name: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME_LENGTH;
const request: Check = (value) => typeof value === 'string' && value.length <= MAX_REQUEST_LENGTH;
const args: Check = (value) => Array.isArray(value);
const boolean: Check = (value) => typeof value === 'boolean';
const any: Check = () => true;
/** A process of the thread that the signal comes from. */
const sender: Check = (value, from) => value instanceof ProcessId && value.at === from;
/** A process of that node: its front answers for all its threads. */
const fellow: Check = (value, from) => value === null || (value instanceof ProcessId && value.at.sameNode(from));
const caller: Check = (value, from) => value === null || sender(value, from);
const failure: Check = (value) =>
  value === 'timeout' || value === 'noproc' || value === 'noconnection' || value === 'exit' || value === 'calling_self';

/** The signals that may come from another node. Starts are not among them: no code is named on the wire. */
const SHAPES: { readonly [operation: number]: readonly Check[] } = {
  [op.MESSAGE]: [number, any],
  [op.MESSAGE_NAME]: [name, any],
  [op.MESSAGE_ALIAS]: [number, any],
  [op.EXIT]: [number, sender, any],
  [op.LINK]: [number, sender],
  [op.UNLINK]: [number, sender, number],
  [op.UNLINK_ACK]: [number, sender, number],
  [op.LINK_EXIT]: [number, sender, any],
  [op.MONITOR]: [number, number],
  [op.MONITOR_NAME]: [name, number],
  [op.DEMONITOR]: [number],
  [op.DOWN]: [number, fellow, any],
  [op.CALL]: [number, caller, number, request, args],
  [op.CALL_NAME]: [name, caller, number, request, args],
  [op.FORGET_CALL]: [number],
  [op.REPLY]: [number, any],
  [op.CALL_FAILED]: [number, failure, any],
  [op.CAST]: [number, request, args],
  [op.CAST_NAME]: [name, request, args],
  [op.IS_ALIVE]: [number, number],
  [op.ALIVE]: [number, boolean],
};

/** Whether what another node has sent is a signal it may send. */
export function isSignalOf(from: Address, value: unknown): value is Signal {
  if (!Array.isArray(value)) return false;
  const shape = Object.hasOwn(SHAPES, value[0] as number) ? SHAPES[value[0] as number] : undefined;
  return (
    shape !== undefined &&
    typeof value[0] === 'number' &&
    value.length === shape.length + 1 &&
    shape.every((fits, i) => fits(value[i + 1], from))
  );
}
