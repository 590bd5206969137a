/**
 * Deliberate faults in the kernel's rules, for `npm run mutants`: in the built `file` the one place that reads `find` reads
 * `replace` instead, and one of `tests` has to notice.
 *
 * @typedef {{ name: string, file: string, find: string, replace: string, tests: string[] }} Fault
 */

/** @type {(file: string, tests: string[], faults: [name: string, find: string, replace: string][]) => Fault[]} */
function inFile(file, tests, faults) {
  return faults.map(([name, find, replace]) => ({ name, file, find, replace, tests }));
}

/** @type {Fault[]} */
export const faults = [
  ...inFile(
    'supervision/restart.js',
    ['supervision/strategies', 'supervision/significant', 'supervision/simple-one-for-one'],
    [
      ['transient takes shutdown for abnormal', '!isOrderly(reason)', "reason !== 'normal'"],
      ['transient restarts orderly ends', '!isOrderly(reason)', 'isOrderly(reason)'],
      ['temporary children are restarted after a crash', "restart === 'transient' &&", "restart !== 'permanent' &&"],
      ['restForOne leaves the failed child out', 'ids.indexOf(failed)', '(ids.indexOf(failed) + 1)'],
      ['restForOne restarts all', "strategy === 'restForOne' ? ids.slice(ids.indexOf(failed))", "strategy === 'restForOne' ? ids"],
      ['anySignificant waits for the last one', "autoShutdown === 'anySignificant'", 'false'],
      ['allSignificant does not wait for the others', '&& !others()', ''],
      ['every end is significant', 'if (!significant)', 'if (false)'],
    ],
  ),
  ...inFile(
    'supervision/intensity.js',
    ['supervision/intensity'],
    [
      ['one restart too many is allowed', '<= this.#maxRestarts', '<= this.#maxRestarts + 1'],
      ['one restart too few is allowed', '<= this.#maxRestarts', '< this.#maxRestarts'],
      ['old restarts count for ever', 'while (now - times[this.#head] > this.#periodMs)', 'while (false)'],
      ['a restart is forgotten at the end of the period', '> this.#periodMs', '>= this.#periodMs'],
    ],
  ),
  ...inFile(
    'supervision/named-children.js',
    ['supervision/strategies', 'supervision/shutdown', 'supervision/start', 'supervision/admin', 'supervision/intensity'],
    [
      ['children are stopped in start order', '[...ids].reverse()', '[...ids]'],
      ['a temporary child is kept when it ends', "if (child.spec.restart === 'temporary')\n            this.#forget(child.spec.id);", ''],
      ['oneForAll does not stop the others', 'yield* this.#stopAll(group);', ''],
      ['a failed restart is not tried again', 'this.#tryLater(failed);', ';'],
      [
        'the next try begins with the child that ended, not with the one that failed',
        'failed = (yield* this.#startAll(group))?.id;',
        'failed = (yield* this.#startAll(group)) === null ? undefined : id;',
      ],
      ['a child that runs can be started again', "child.pid === null ? null : { ok: false, code: 'running' }", 'null'],
      ['a child that is being restarted can be deleted', 'if (child.restarting)', 'if (false)'],
      ['a second child of the same id is started', 'if (known !== undefined)', 'if (false)'],
      ['a child whose first start fails is kept', 'if (outcome.ok && (outcome.pid', 'if ((outcome.pid'],
    ],
  ),
  ...inFile(
    'supervision/stop-child.js',
    ['supervision/shutdown', 'supervision/dynamic-supervisor', 'supervision/strategies', 'supervision/admin'],
    [
      ['brutalKill asks politely', "shutdown === 'brutalKill' ? 'kill' : 'shutdown'", "'shutdown'"],
      ['a child may take as long as it wants', "if (typeof shutdown === 'number')", 'if (false)'],
      ['the supervisor does not wait for the end of a child', 'yield* wait.value();', ''],
    ],
  ),
  ...inFile(
    'supervision/children.js',
    ['supervision/intensity', 'supervision/strategies'],
    [['a supervisor that gives up ends with normal', "stop('shutdown')", "stop('normal')"]],
  ),
  ...inFile(
    'supervision/supervisor-server.js',
    ['supervision/start', 'supervision/strategies', 'supervision/shutdown', 'supervision/intensity'],
    [
      [
        'what had started stays when a later child fails to start',
        'yield* this.#children.stop();\n        return new Stop',
        'return new Stop',
      ],
      ['a supervisor does not trap exits', 'this.proc.flags |= TRAP;', ''],
      ['children outlive their supervisor', 'return this.#children.stop();', 'return undefined;'],
    ],
  ),
  ...inFile(
    'supervision/dynamic-children.js',
    ['supervision/dynamic-supervisor'],
    [['one child more than maxChildren', '>= this.#maxChildren', '> this.#maxChildren']],
  ),
  ...inFile(
    'supervision/children-by-pid.js',
    ['supervision/dynamic-supervisor', 'supervision/simple-one-for-one'],
    [
      ['a temporary child is restarted', 'isRestarted(child.spec.restart, reason)', 'true'],
      [
        'a restart forgets what the child was started with',
        'beginStart(this.#proc, spec, args, this.#progress)',
        'beginStart(this.#proc, spec, spec.args, this.#progress)',
      ],
    ],
  ),
  ...inFile(
    'supervision/template-children.js',
    ['supervision/simple-one-for-one', 'remote/template-children'],
    [['a process elsewhere is always taken for alive', 'askAlive(pid, (alive) => wait.wake(alive));', 'wait.wake(true);']],
  ),
  ...inFile(
    'supervision/pid-table.js',
    ['supervision/strategies'],
    [
      ['the child that takes the place of one that ended is forgotten', 'this.#values[at] = lastValue;', ''],
      ['when children become many some are forgotten', 'this.#pids.map((known', 'this.#pids.slice(1).map((known'],
    ],
  ),
  ...inFile(
    'process/strays.js',
    ['process/strays'],
    [
      ['a process that waits in its handler outlives its stray error', '(proc.flags & ~SUSPENDED) | WAKE', 'proc.flags'],
      ['who has killed is blamed for listeners of the killed', 'origins.run(null, fn);', 'fn();'],
      ['a stray error of a process that has ended is lost', 'return error instanceof ExitThrow;', 'return true;'],
      ['a stray value is a value that the handler returned', 'throw stray instanceof Error', 'throw true || stray instanceof Error'],
      ['errors of nobody are lost', 'if (process.listenerCount(event) > 1)', 'if (true)'],
    ],
  ),
  ...inFile(
    'process/links.js',
    ['process/links'],
    [
      ['unlink takes back the last link', 'links.splice(at, 1);', 'links.pop();'],
      ['a second link to the same process counts', 'else if (!links.includes(pid)) {', 'else {'],
    ],
  ),
  ...inFile(
    'process/death.js',
    ['process/names', 'process/links', 'process/monitors', 'process/scale', 'behaviours/gen-server-call', 'behaviours/kill-in-await'],
    [
      [
        'the name is free only after the DOWN',
        'if (extra !== null)\n        freeName(proc, extra);\n    releaseOwned(proc);',
        'releaseOwned(proc);\n    kernel.host.macrotask(() => extra !== null && freeName(proc, extra));',
      ],
      ['names stay after the end', 'if (extra.name !== null) {', 'if (false) {'],
      ['what a process owned stays', 'releaseOwned(proc);', ''],
      ['the caller being served is left waiting', "owed.fail('exit', reason);", ''],
      ['callers in the mailbox are left waiting', "message.fail('exit', reason);", ';'],
      ['links are not told', 'if (links !== null) {', 'if (false) {'],
      ['monitors are not told', 'if (watchers !== null) {', 'if (false) {'],
      ['linked processes hear that all was normal', 'linkSignal(other, proc.pid, reason);', "linkSignal(other, proc.pid, 'normal');"],
      ['its signal is not aborted', 'kernel.abortLater(extra.abort, reason);', ';'],
    ],
  ),
  ...inFile(
    'process/signals.js',
    ['process/exit-signals', 'process/links'],
    [
      ['normal ends others', "else if (reason !== 'normal')\n        condemn", 'else\n        condemn'],
      ['kill can be trapped', "if (!linked && reason === 'kill')", 'if (false)'],
      ['kill through a link cannot be trapped', "if (!linked && reason === 'kill')", "if (reason === 'kill')"],
      ['who is killed ends with kill', "condemn(target, 'killed');", "condemn(target, 'kill');"],
      [
        'an exit signal through a link that is gone takes effect',
        'if (linked && !removeLink(target, from))',
        'if (linked && !removeLink(target, from) && false)',
      ],
      [
        'exits are not trapped',
        'else if ((target.flags & TRAP) !== 0)\n        deliver(target, new ExitMessage(from, reason));',
        'else if (false)\n        ;',
      ],
      ['an exit signal interrupts the running process', 'if (target === current && ', 'if (false && '],
      ['exit(self, kill) ends with kill', "reason === 'kill' ? 'killed' : reason", 'reason'],
      ['exit(self, normal) is ignored', 'const final =', "if (reason === 'normal')\n        return;\n    const final ="],
    ],
  ),
  ...inFile(
    'process/verbs.js',
    ['process/links', 'process/exit-signals', 'process/names', 'process/monitors', 'process/aliases'],
    [
      ['a link to a process that is gone is no news', "linkFailed(proc, to, 'noproc');", ';'],
      ['a link has one side only', 'addLink(other, proc.pid);', ';'],
      ['an unlink has one side only', 'removeLink(other, proc.pid);', ';'],
      ['a process can have two names', 'if (extra.name !== null)', 'if (false)'],
      ['a send to a name that nobody has is no mistake', 'else if (!(target instanceof Handle)) {', 'else if (false) {'],
      ['demonitor flush leaves the DOWN', 'if (flush && !was)', 'if (false)'],
      ['unregister leaves the process its name', 'pid.proc.more().name = null;', ''],
      [
        'an unlink does not call off the signal of one that has just ended',
        'removeLink(proc, to);',
        'if ((other.flags & DEAD) === 0)\n            removeLink(proc, to);',
      ],
      ['an alias of a monitor of oneself works', 'if (to === proc.pid)', 'if (false)'],
    ],
  ),
  ...inFile(
    'process/monitors.js',
    ['process/monitors', 'process/aliases', 'process/scale'],
    [
      ['a monitor fires after it was taken back', 'this.#forget();\n        return true;', 'return true;'],
      ['a monitor of a process that is gone says nothing', "set.fire(target, 'noproc');", ';'],
      ['a monitor by name tells the pid', 'this.#named ?? from', 'from'],
      ['an alias outlives its monitor', 'this.alias?.monitorEnded();\n        deliver', 'deliver'],
      ['the monitors of a process that has ended stay', 'release() {\n        this.#forget();', 'release() {'],
    ],
  ),
  ...inFile(
    'process/alias.js',
    ['process/aliases', 'remote/aliases'],
    [
      ['a reply alias works twice', "if (this.mode === 'reply')", 'if (false)'],
      ['an explicit alias ends with its monitor', "if (this.mode !== 'explicitUnalias')", 'if (true)'],
      ['an alias that is switched off is still known by number', 'this.kernel.aliases.delete(this.id);', ''],
    ],
  ),
  ...inFile(
    'process/mailbox.js',
    ['behaviours/receive', 'process/order', 'process/monitors'],
    [
      ['a selective receive takes the first message', 'if (fits(message)) {', 'if (true) {'],
      [
        'what a selective receive has left comes later',
        'const message = aside === null ? EMPTY : takeFrom(aside, fits);',
        'const message = EMPTY;',
      ],
    ],
  ),
  ...inFile(
    'behaviours/idle-timer.js',
    ['behaviours/gen-server-next'],
    [['a timeout of 0 fires though a message waits', 'if (proc.first !== EMPTY)\n        return;', '']],
  ),
  ...inFile(
    'process/deliver.js',
    ['process/mailbox-bound'],
    [
      ['a mailbox holds one message more than its bound', 'proc.mailboxLength < bound.max', 'proc.mailboxLength <= bound.max'],
      ['DOWNs and exits do not fit into a full mailbox', 'if (!isOrdinary(message))', 'if (false)'],
    ],
  ),
  ...inFile(
    'behaviours/system-behaviour.js',
    ['behaviours/gen-server-next'],
    [['any message leaves the receive timeout armed', 'disarmIdleTimer(proc);', ';']],
  ),
  ...inFile(
    'behaviours/server.js',
    [
      'behaviours/gen-server-call',
      'behaviours/gen-server-init',
      'behaviours/gen-server-next',
      'behaviours/gen-server-reply',
      'behaviours/gen-server-stop',
      'behaviours/gen-server-terminate',
    ],
    [
      ['the exit of the parent is a message like others', 'if (isParent(proc, message))', 'if (false)'],
      ['every trapped exit ends a server', 'if (isParent(proc, message))', 'if (true)'],
      ['stop with an answer answers nobody', 'request.reply(stop.value);', ''],
      ['what terminate throws is forgotten', 'proc.more().ending = new Stop(reason, ending.hasReply, ending.value);', ''],
      [
        'terminate that throws takes the answer along',
        'new Stop(reason, ending.hasReply, ending.value)',
        'new Stop(reason, false, undefined)',
      ],
      ['terminate is not called', 'if (!this.#terminates) {', 'if (true) {'],
      ['a thrown outcome is a bad return', 'else if (thrown instanceof Outcome)', 'else if (false)'],
      [
        'messages get between a handler and its continue',
        'proc.more().step = next;\n            proc.flags |= WAKE;',
        'proc.pid.send(next.step);',
      ],
      ['a deferred call is not failed when the server ends', 'request.defer(proc);', ''],
      ['a name that is taken is no obstacle', 'if (holder === undefined) {', 'if (true) {'],
    ],
  ),
  ...inFile(
    'calls/pending-call.js',
    ['behaviours/gen-server-call', 'behaviours/gen-server-reply', 'behaviours/kill-in-await'],
    [
      ['the await of a process that has ended goes on', 'release() {\n        this.#done(false);', 'release() {'],
      ['a call that is over keeps its timer', 'this.cancel();', ''],
    ],
  ),
  ...inFile(
    'calls/call.js',
    ['behaviours/gen-server-call', 'remote/messages'],
    [
      ['a call of oneself waits for its timeout', 'if (callee === caller)', 'if (false)'],
      [
        'a call to a process that is gone waits for its timeout',
        "failSoon(kernel, call, 'noproc', String(pid));\n        else",
        ';\n        else',
      ],
    ],
  ),
  ...inFile(
    'remote/inbound.js',
    ['remote/links', 'remote/messages', 'remote/starts', 'remote/disconnect', 'remote/signals'],
    [
      ['a link that crosses an unlink holds on one side', 'if (peers.isUnlinking(serial, there))', 'if (false)'],
      ['signals of a thread that is gone are taken', 'if (from.down)', 'if (false)'],
      ['a link to a process that is gone is not answered', 'out.sendNoproc(kernel, serial, there);', ''],
      ['a monitor of a process that is gone is not answered', "out.sendDown(from, ref, null, 'noproc');", ''],
      ['a demonitor from elsewhere is ignored', 'watcher?.cancel();', ''],
      ['a start that takes too long goes on', "condemn(proc, 'killed');", ''],
      ['a child that is started for another thread is not linked', 'RemotePeers.of(from).addLink(proc, parent);', ''],
    ],
  ),
  ...inFile(
    'remote/peers.js',
    ['remote/disconnect', 'remote/template-children'],
    [
      ['links to a thread that is lost stay silent', 'linkSignal(here, there, reason);', ';'],
      ['monitors of a thread that is lost stay silent', 'monitor.fire(monitor.target, reason);', ';'],
      ['calls to a thread that is lost wait for their timeout', "call.fail('noconnection', reason);", ';'],
      ['starts on a thread that is lost are waited for', 'start.lost(reason);', ';'],
      ['questions to a thread that is lost are never answered', 'answer(false);', ';'],
    ],
  ),
  ...inFile(
    'remote/remote-start.js',
    ['remote/starts'],
    [
      ['a child outlives a parent that ended while it was started', 'sendExitOfLinked(parent.pid, child, this.#parentEnded);', ''],
      ['the parent is not linked to its remote child', 'addLink(parent, child);\n        RemotePeers', 'RemotePeers'],
    ],
  ),
  ...inFile(
    'timers/wheel.js',
    ['timers/send-after', 'properties/timers'],
    [
      [
        'a timer fires a millisecond early',
        'Math.ceil(elapsed + Math.min(delayMs, MAX_DELAY_MS))',
        'Math.floor(elapsed + Math.min(delayMs, MAX_DELAY_MS) - 1)',
      ],
      ['timers of one millisecond fire in reverse', 'const last = list.prevTimer;', 'const last = list;'],
    ],
  ),
  ...inFile(
    'process/resume.js',
    ['behaviours/kill-in-await', 'behaviours/context', 'behaviours/gen-server-call'],
    [['nobody is running after an await', 'void resolved.then(enter);', 'void resolved.then(() => next++);']],
  ),
  ...inFile(
    'scheduler/turns.js',
    ['scheduler/fairness', 'process/order', 'process/exit-signals'],
    [
      ['one process may handle all its messages before others run', 'handled < slice', 'true'],
      ['a turn never gives way to I/O', 'if (this.#checked - this.#began >= turnMs)', 'if (false)'],
      ['signals that came while a process ran are forgotten', 'applySignals(proc);', ';'],
    ],
  ),
  ...inFile(
    'registry/registry.js',
    ['registry/registry', 'properties/registries'],
    [
      ['a unique key has two holders', 'const holder = this.#unique ? this.whereis(key) : undefined;', 'const holder = undefined;'],
      ['entries outlive their process', 'release() {\n        this.registry.drop(this);', 'release() {'],
    ],
  ),
  ...inFile(
    'registry/pg.js',
    ['registry/pg', 'properties/registries'],
    [
      ['a group keeps processes that have ended', 'this.#takeOut(group, membership.pid);', ''],
      ['nobody hears of a process that left by ending', "this.#notify('leave', group, [membership.pid]);", ''],
    ],
  ),
];
