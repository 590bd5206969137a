import { asNobody } from '../process/strays.js';
import type { Host } from '../scheduler/host.js';
import { Timer } from './timer.js';

const SLOTS = 256;
const LEVELS = 4;
/** Ticks per slot of a level; the last entry is the span of the whole wheel. */
const SPAN = [1, 2 ** 8, 2 ** 16, 2 ** 24, 2 ** 32] as const;
/** The longest delay, as in OTP: 2^32 - 1 ms, about 49 days. */
export const MAX_DELAY_MS: number = 2 ** 32 - 1;

function span(level: number): number {
  return SPAN[level] as number;
}

class Slot extends Timer {
  override fire(): void {}
}

/**
 * Hierarchical timing wheel with ticks of 1 ms: starting and cancelling are O(1), timers due in the same millisecond fire
 * in the order they were started. A timer's level is given by the highest byte in which its due time differs from now; so
 * a slot of level n is emptied into lower levels at the start of its span, before anything can be added there directly.
 */
export class TimerWheel {
  readonly #host: Host;
  readonly #origin: number;
  readonly #levels: Slot[][] = [];
  #tick = 0;
  #handle: unknown = null;
  #armedFor = Number.POSITIVE_INFINITY;
  /** Started, but not in the wheel yet. Until then `due` is their delay. */
  readonly #unarmed = new Slot();
  readonly #onHostTimer = (): void => {
    this.#handle = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.advance();
  };

  constructor(host: Host) {
    this.#host = host;
    this.#origin = host.now();
    this.#unarmed.prevTimer = this.#unarmed.nextTimer = this.#unarmed;
    for (let level = 0; level < LEVELS; level++) {
      const slots: Slot[] = [];
      for (let i = 0; i < SLOTS; i++) {
        const slot = new Slot();
        slot.prevTimer = slot.nextTimer = slot;
        slots.push(slot);
      }
      this.#levels.push(slots);
    }
  }

  /** Never fires before `delayMs` have passed. */
  start(timer: Timer, delayMs: number): void {
    const elapsed = this.#host.now() - this.#origin;
    timer.due = Math.max(this.#tick + 1, Math.ceil(elapsed + Math.min(delayMs, MAX_DELAY_MS)));
    this.#insert(timer);
    if (timer.due < this.#armedFor) this.#arm(timer.due);
  }

  /** Starts it at the next `arm`: for what is nearly always cancelled before that, without a look at the clock. */
  startLater(timer: Timer, delayMs: number): void {
    timer.due = delayMs;
    append(this.#unarmed, timer);
  }

  /** The time of what `startLater` was given begins. */
  arm(): void {
    const unarmed = this.#unarmed;
    for (let timer = unarmed.nextTimer as Timer; timer !== unarmed; timer = unarmed.nextTimer as Timer) {
      timer.cancel();
      this.start(timer, timer.due);
    }
  }

  /** Milliseconds until `timer` fires. */
  remaining(timer: Timer): number {
    return Math.max(0, Math.ceil(timer.due - (this.#host.now() - this.#origin)));
  }

  /** Fires everything that is due. */
  advance(): void {
    const now = Math.floor(this.#host.now() - this.#origin);
    while (this.#tick < now) {
      const next = this.#nextTick();
      if (next > now) {
        this.#tick = now;
        break;
      }
      this.#tick = next;
      this.#cascade();
      this.#fireSlot(this.#slot(0, next));
    }
    const next = this.#nextTick();
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }

  /** When the wheel has to be advanced next, on the host's clock; Infinity when no timer is pending. */
  nextDue(): number {
    const next = this.#nextTick();
    return next === Number.POSITIVE_INFINITY ? next : next + this.#origin;
  }

  /** Gives back the host's timer when nothing is pending, so that it does not keep the program alive. */
  relax(): void {
    if (this.#handle !== null && this.#nextTick() === Number.POSITIVE_INFINITY) {
      this.#host.clearTimer(this.#handle);
      this.#handle = null;
      this.#armedFor = Number.POSITIVE_INFINITY;
    }
  }

  #slot(level: number, tick: number): Slot {
    return (this.#levels[level] as Slot[])[(tick / span(level)) & (SLOTS - 1)] as Slot;
  }

  #insert(timer: Timer): void {
    const { due } = timer;
    const now = this.#tick;
    let level = 0;
    while (level < LEVELS - 1 && Math.floor(due / span(level + 1)) !== Math.floor(now / span(level + 1))) level++;
    append(this.#slot(level, due), timer);
  }

  /** At the start of a span of a higher level its timers move down, in order. */
  #cascade(): void {
    for (let level = LEVELS - 1; level > 0; level--) {
      if (this.#tick % span(level) !== 0) continue;
      const slot = this.#slot(level, this.#tick);
      let timer = slot.nextTimer as Timer;
      slot.prevTimer = slot.nextTimer = slot;
      while (timer !== slot) {
        const next = timer.nextTimer as Timer;
        this.#insert(timer);
        timer = next;
      }
    }
  }

  #fireSlot(slot: Slot): void {
    for (let timer = slot.nextTimer as Timer; timer !== slot; timer = slot.nextTimer as Timer) {
      if (timer.due > this.#tick) break; // the topmost level wraps: such a timer belongs to a later round
      timer.cancel();
      timer.fire();
    }
  }

  /** The next tick at which something fires or moves down. */
  #nextTick(): number {
    for (let level = 0; level < LEVELS; level++) {
      const width = span(level);
      const slots = this.#levels[level] as Slot[];
      const index = (this.#tick / width) & (SLOTS - 1);
      const base = Math.floor(this.#tick / (width * SLOTS)) * width * SLOTS;
      for (let i = index + 1; i < SLOTS; i++) {
        const slot = slots[i] as Slot;
        if (slot.nextTimer !== slot) return base + i * width;
      }
    }
    // Only the topmost level can hold a timer of its next round.
    const top = this.#levels[LEVELS - 1] as Slot[];
    const round = span(LEVELS);
    for (let i = 0; i < SLOTS; i++) {
      const slot = top[i] as Slot;
      if (slot.nextTimer !== slot) return (Math.floor(this.#tick / round) + 1) * round + i * span(LEVELS - 1);
    }
    return Number.POSITIVE_INFINITY;
  }

  #arm(tick: number): void {
    if (this.#handle !== null) {
      if (tick >= this.#armedFor) return;
      this.#host.clearTimer(this.#handle);
    }
    this.#armedFor = tick;
    const delay = Math.max(1, Math.ceil(tick - (this.#host.now() - this.#origin)));
    asNobody(() => {
      this.#handle = this.#host.setTimer(this.#onHostTimer, Math.min(delay, 2 ** 31 - 1));
    });
  }
}

function append(list: Slot, timer: Timer): void {
  const last = list.prevTimer as Timer;
  last.nextTimer = timer;
  timer.prevTimer = last;
  timer.nextTimer = list;
  list.prevTimer = timer;
}
