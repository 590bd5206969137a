import { before16 } from '../association/serial.js';

/**
 * The two numbers of an association, one given by each side; 0 while not known. Numbers of a run of a node only grow, so a new
 * one says that the old association is over, and a late greeting is known by its old number.
 */
export interface Pairing {
  readonly own: number;
  readonly their: number;
  /** Both sides are known to know both numbers. */
  readonly open: boolean;
}

/** What a HELLO says: the sender's view of the pairing. */
export type Greeting = Pairing;

export interface Meeting {
  readonly pairing: Pairing;
  /** The other side has ended the association that this side held to be open. */
  readonly restarted: boolean;
  readonly opened: boolean;
  /** The other side does not know yet. */
  readonly answer: boolean;
}

/** A greeting arrives. `fresh` gives a number that this node has not used. */
export function meet(pairing: Pairing, greeting: Greeting, fresh: () => number): Meeting {
  if (pairing.their !== 0 && before16(greeting.own, pairing.their)) {
    return { pairing, restarted: false, opened: false, answer: false };
  }
  const restarted = pairing.open && greeting.own !== pairing.their;
  const own = restarted ? fresh() : pairing.own;
  const agreed = greeting.their === own;
  const open = agreed || (pairing.open && !restarted);
  return { pairing: { own, their: greeting.own, open }, restarted, opened: open && !pairing.open, answer: !greeting.open || !agreed };
}

/** A frame bears the pairing's numbers: who sends it knows both. */
export function confirmed(pairing: Pairing): Pairing {
  return pairing.open ? pairing : { ...pairing, open: true };
}
