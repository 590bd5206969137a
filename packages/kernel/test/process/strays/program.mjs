// Run by strays.test.ts: in each scenario code that a process has started throws where nobody catches it. Prints what came of each.
import { subscribe } from 'node:diagnostics_channel';
import { attributeStrays, GenServer, GenStateMachine, isAlive, Supervisor, spawn, supervise } from '@rekindle/kernel';

const [which] = process.argv.slice(2);
if (which !== 'off') attributeStrays();
if (which === 'then off') attributeStrays(false);

const reports = [];
subscribe('rekindle.crash', (report) => reports.push(report));

const never = () => new Promise(() => {});
const later = (fn) => setTimeout(fn, 1);
const fail = (what) => {
  throw new Error(what);
};

class Server extends GenServer {
  state = 'healthy';
  timer() {
    later(() => fail('timer'));
    return 'answered';
  }
  rejection() {
    void (async () => {
      await null;
      fail('rejection');
    })();
  }
  value() {
    void Promise.reject('no error');
  }
  async suspended() {
    later(() => fail('while it waits'));
    await never();
  }
  unawaitedCall(other) {
    void other.call('crash');
  }
  crash() {
    fail('own');
  }
  ping() {
    return 'answered';
  }
  ended() {
    later(() => fail('too late'));
    this.exit(this.self, 'normal');
  }
  kill(victim) {
    this.exit(victim, 'kill');
  }
  exits() {
    later(() => this.exit(this.self, 'had enough'));
  }
  microtask() {
    queueMicrotask(() => fail('microtask'));
  }
  handleInfo() {
    setImmediate(() => fail('after a message'));
  }
}

const terminated = [];
class Terminating extends Server {
  continued = 0;
  async stale() {
    later(() => fail('first'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.continued++;
    return 'never';
  }
  end() {
    later(() => fail('in terminate'));
    this.exit(this.self, 'normal');
  }
  async terminate(reason) {
    terminated.push(reason?.message ?? reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
    terminated.push(this.continued);
  }
}

class TerminateThrows extends GenServer {
  crash() {
    fail('own');
  }
  async terminate() {
    later(() => fail('in terminate'));
    await never();
  }
}

class Starting extends GenServer {
  async init() {
    later(() => fail('starting'));
    await never();
  }
}

class Door extends GenStateMachine {
  init() {
    return this.next('open');
  }
  static states = {
    open: {
      slam() {
        later(() => fail('slammed'));
      },
    },
  };
}

/** The reason with which the process ends after `act`. */
function endAfter(pid, act) {
  return new Promise((resolve) => {
    spawn(async (context) => {
      context.monitor(pid);
      act();
      resolve((await context.receive()).reason);
    });
  });
}

const show = (reason) => (reason instanceof Error ? `${reason.name}: ${reason.message}` : reason);
const by = async (Class, method, ...args) => {
  const ref = await Class.start();
  return show(await endAfter(ref, () => ref.cast(method, ...args)));
};
const byBody = async (body) => {
  let go;
  const ready = new Promise((resolve) => {
    go = resolve;
  });
  const pid = spawn((context) => body(context, ready));
  return show(await endAfter(pid, go));
};

const scenarios = {
  timer: () => by(Server, 'timer'),
  rejection: () => by(Server, 'rejection'),
  value: () => by(Server, 'value'),
  exits: () => by(Server, 'exits'),
  message: async () => {
    const ref = await Server.start();
    return show(await endAfter(ref, () => ref.send('hello')));
  },
  suspended: async () => {
    const ref = await Server.start();
    return show(await ref.call('suspended').catch(({ code, reason }) => `${code} ${reason.message}`));
  },
  report: async () => {
    reports.length = 0;
    const ref = await Server.start();
    await endAfter(ref, () => ref.cast('timer'));
    return reports.map(({ pid, behaviour, reason, state }) => [pid === ref, behaviour, reason.message, state]);
  },
  stale: async () => {
    terminated.length = 0;
    return [await by(Terminating, 'stale'), ...terminated];
  },
  terminate: () => by(TerminateThrows, 'crash'),
  init: () => Starting.start().catch(({ code, reason }) => `${code} ${reason.message}`),
  machine: async () => {
    const ref = await Door.start();
    return show(await endAfter(ref, () => ref.cast('slam')));
  },
  async: () =>
    byBody(async (_context, ready) => {
      await ready;
      later(() => fail('async'));
      await never();
    }),
  generator: () =>
    byBody(function* ({ receive }, ready) {
      yield ready;
      later(() => fail('generator'));
      yield* receive();
    }),
  yields: () =>
    byBody(function* (_context, ready) {
      yield ready;
      later(() => fail('yields'));
      yield never();
    }),
  handler: async () => {
    const pid = spawn(() => () => {
      later(() => fail('handler'));
      return never();
    });
    return show(await endAfter(pid, () => pid.send(1)));
  },
  restarted: async () => {
    const tree = await class extends Supervisor {
      init() {
        return supervise({ children: [{ start: Server, id: 'server' }] });
      }
    }.start();
    const running = async () => (await Supervisor.whichChildren(tree))[0].pid;
    const before = await running();
    await endAfter(before, () => before.cast('timer'));
    const after = await running();
    return [isAlive(before), isAlive(after), await after.call('ping')];
  },
  caller: async () => {
    const [caller, callee] = [await Server.start(), await Server.start()];
    const ends = Promise.all([endAfter(caller, () => {}), endAfter(callee, () => caller.cast('unawaitedCall', callee))]);
    return (await ends).map(show);
  },
  listener: async () => {
    const strays = [];
    const take = (error) => strays.push(error.message);
    process.on('uncaughtException', take);
    const victim = spawn(async ({ signal }) => {
      signal.addEventListener('abort', () => fail('abort listener'));
      await never();
    });
    const killer = await Server.start();
    const end = endAfter(victim, () => {});
    killer.cast('kill', victim);
    await end;
    while (strays.length === 0) await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', take);
    return [strays, isAlive(killer)];
  },
  microtask: async () => {
    const strays = [];
    const take = (error) => strays.push(error.message);
    process.on('uncaughtException', take);
    const ref = await Server.start();
    const end = endAfter(ref, () => ref.cast('microtask'));
    const first = await Promise.race([
      end.then(show),
      (async () => {
        while (strays.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        return strays;
      })(),
    ]);
    process.off('uncaughtException', take);
    return first;
  },
};

if (which === 'all') {
  for (const [name, run] of Object.entries(scenarios)) console.log(JSON.stringify([name, await run()]));
  process.exit();
} else if (which === 'nobody') {
  setTimeout(() => fail('nobody'), 1);
} else if (which === 'nobody rejects') {
  void Promise.reject(new Error('nobody'));
} else {
  (await Server.start()).cast(which === 'ended' ? 'ended' : 'timer');
}
