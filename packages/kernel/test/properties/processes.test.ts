import {
  type Down,
  type Exit,
  exit,
  isAlive,
  type MisuseError,
  type MonitorRef,
  type Pid,
  registerProcess,
  whereis,
} from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { type Mail, type Op, ProcessModel } from '../support/process-model.js';
import { check } from '../support/property.js';
import { World } from '../support/world.js';

const SIZE = 4;
const NAMES = ['x', 'y'];

const one = fc.nat({ max: 7 });
const reason = fc.constantFrom('normal', 'boom', 'kill', 'shutdown');
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constantFrom('link', 'monitor'), by: one, to: one }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('unlink'), by: one, to: one }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('demonitor'), by: one, nth: fc.nat({ max: 3 }), flush: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('send'), by: one, to: one }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('exit'), by: one, to: one, reason }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('end'), by: one, reason: fc.constantFrom('normal', 'boom') }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('trap'), by: one, on: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('register'), by: one, name: fc.constantFrom(...NAMES) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('spawnLink'), by: one }) },
);

/** The same program with real processes. */
class Play {
  readonly probes: Probe[] = [];
  readonly #refs: MonitorRef[] = [];
  readonly #own = new Map<number, MonitorRef[]>();
  #sent = 0;

  constructor() {
    for (let i = 0; i < SIZE; i++) this.probes.push(new Probe());
  }

  pid(number: number): Pid {
    return (this.probes[number] as Probe).pid;
  }

  number(pid: Pid): number {
    return this.probes.findIndex((probe) => probe.pid === pid);
  }

  async perform(op: Op, world: World): Promise<unknown> {
    const probe = this.probes[op.by] as Probe;
    let answer: unknown;
    probe.tell((context) => {
      switch (op.op) {
        case 'link':
        case 'unlink':
          context[op.op](this.pid(op.to));
          break;
        case 'monitor': {
          const ref = context.monitor(this.pid(op.to));
          this.#refs.push(ref);
          this.#own.set(op.by, [...(this.#own.get(op.by) ?? []), ref]);
          break;
        }
        case 'demonitor': {
          const own = this.#own.get(op.by) ?? [];
          const ref = own[op.nth % Math.max(1, own.length)];
          answer = ref === undefined ? 'none' : context.demonitor(ref, { flush: op.flush });
          break;
        }
        case 'send':
          context.send(this.pid(op.to), `message ${this.#sent++}`);
          break;
        case 'exit':
          context.exit(this.pid(op.to), op.reason);
          break;
        case 'end':
          exit(op.reason);
          break;
        case 'trap':
          context.trapExit(op.on);
          break;
        case 'register':
          try {
            registerProcess(op.name, context.self);
          } catch (error) {
            answer = (error as MisuseError).code;
          }
          break;
        case 'spawnLink':
          this.probes.push(new Probe({}, (body, options) => context.spawnLink(body, options)));
      }
    });
    await world.quiet();
    return answer;
  }

  /** A process's mail, with numbers for processes and references. */
  async mail(number: number): Promise<Mail[]> {
    const mail = await (this.probes[number] as Probe).mail();
    return mail.map((message) => {
      if (typeof message === 'string') return { from: -1, what: message };
      const { type, pid, reason } = message as Down | Exit;
      const ref = type === 'DOWN' ? ` ${this.#refs.indexOf((message as Down).ref)}` : '';
      return { from: this.number(pid), what: `${type}${ref} ${String(reason)}` };
    });
  }
}

type Expected = ProcessModel['processes'][0]['mail'];

/** The operations that the mail goes back to, in the order it arrived: what one operation leads to has no order in itself. */
function steps(mail: readonly Mail[], expected: Expected): number[] {
  const left = [...expected];
  return mail.map(({ from, what }) => {
    const at = left.findIndex((each) => each.what === what && (each.from === from || what.startsWith('message')));
    return at < 0 ? Number.NaN : (left.splice(at, 1)[0]?.step as number);
  });
}

describe('processes', () => {
  it('live, die and hear of each other as the rules of links, monitors, exits and names say', async () => {
    await check(300, fc.array(op, { maxLength: 30 }), async (ops) => {
      const world = new World();
      await world.open();
      try {
        const model = new ProcessModel();
        for (let i = 0; i < SIZE; i++) model.spawn();
        const play = new Play();
        for (const next of ops) {
          const by = next.by % play.probes.length;
          if (!isAlive(play.pid(by)) || (next.op === 'spawnLink' && play.probes.length >= 8)) continue;
          const op = ('to' in next ? { ...next, by, to: next.to % play.probes.length } : { ...next, by }) as Op;
          const answer = await play.perform(op, world);
          expect(answer).toEqual(model.perform(op));
          expect(play.probes.map(({ pid }) => isAlive(pid))).toEqual(model.processes.map(({ alive }) => alive));
          for (const name of NAMES) expect(whereis(name)).toBe(ownerPid(play, model.nameOwner(name)));
          for (const process of model.processes) {
            const links = process.alive ? linksOf((play.pid(process.number) as ProcessId).proc).map((pid) => play.number(pid)) : [];
            expect(links.sort()).toEqual([...process.links].map(({ number }) => number).sort());
          }
        }
        for (const process of model.processes) {
          if (!process.alive) continue;
          const mail = await play.mail(process.number);
          expect(steps(mail, process.mail)).toEqual(process.mail.map(({ step }) => step));
        }
        for (const { pid } of play.probes) exit(pid, 'kill');
        await world.quiet();
        expect(world.alive).toBe(0);
        expect(world.kernel.names.names()).toEqual([]);
        expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
      } finally {
        world.close();
      }
    });
  });
});

function ownerPid(play: Play, number: number | undefined): Pid | undefined {
  return number === undefined ? undefined : play.pid(number);
}
