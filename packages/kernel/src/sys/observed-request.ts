import { type Client, Request } from '../calls/request.js';
import type { Proc } from '../process/proc.js';
import type { Debug } from './debug.js';

/** A call whose answer, given now or later, is noted on its way to the caller. */
export function observed(proc: Proc, request: Request, debug: Debug): Request {
  const client: Client = {
    pid: request.pid,
    request: null,
    reply(value) {
      debug.note(proc, { event: 'out', reply: value, to: request.pid });
      request.reply(value);
    },
    fail(code, reason) {
      request.fail(code, reason);
    },
  };
  return new Request(request.name, request.args, client);
}
