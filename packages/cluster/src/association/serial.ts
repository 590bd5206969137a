// Serial number arithmetic (RFC 1982): numbers wrap, and of two that are less than half the circle apart one is the later.

/** Whether the 32-bit number `a` comes before `b`. */
export function before32(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function next32(a: number): number {
  return (a + 1) >>> 0;
}

/** How far it is from `a` to a later `b`. */
export function distance32(a: number, b: number): number {
  return (b - a) >>> 0;
}

/** Whether the 16-bit number `a` comes before `b`. */
export function before16(a: number, b: number): boolean {
  return ((a - b) << 16) >> 16 < 0;
}
