/** One result, as it is printed. `value` is Rekindle's unless the line names another `system`. */
export interface Line {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: Unit;
  readonly [more: string]: unknown;
}

export type Unit = '1/s' | 'us' | 'B' | 'KiB' | '%';

/** What a folder of the benchmarks answers. */
export interface Question {
  readonly name: string;
  readonly asks: string;
  readonly cases: readonly string[];
  /** Measures these cases; each result as soon as it is known. Throws `Refusal` when it cannot be measured here. */
  answer(cases: readonly string[]): AsyncIterable<Line>;
}

/** Something that the person at the keyboard has to know or change; its message is the one sentence they see. */
export class Refusal extends Error {}
