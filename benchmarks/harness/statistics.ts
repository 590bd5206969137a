export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summary(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median: round(median), min: round(at(0)), max: round(at(sorted.length - 1)) };
}

export function percentile(samples: Float64Array, share: number): number {
  const sorted = samples.slice().sort();
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.round(share * sorted.length) - 1))] ?? Number.NaN;
}

/** Four significant digits, whole numbers from a thousand on: more would be noise. */
export function round(value: number): number {
  if (!Number.isFinite(value)) return value;
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
}
