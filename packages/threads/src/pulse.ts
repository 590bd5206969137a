/** How often a scheduler's event loop raises its count. */
export const PULSE_MS = 50;
/** How often the gateway looks at the counts. */
export const WATCH_MS = 50;
