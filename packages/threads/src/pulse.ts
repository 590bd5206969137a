/** How often a scheduler's event loop raises its count. */
export const PULSE_MS = 50;
/** How often the gateway looks at the counts. */
export const WATCH_MS = 50;
/** How often a scheduler looks at a heap that fills. */
export const CLOSE_LOOK_MS = 5;
