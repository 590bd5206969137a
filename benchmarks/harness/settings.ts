// How thorough a run is; the defaults are what published figures use.

/** Fresh processes per system and case. */
export const RUNS: number = Number(process.env.BENCH_RUNS ?? 3);
/** Length of a measured window under load. */
export const SECONDS: number = Number(process.env.BENCH_SECONDS ?? 5);
