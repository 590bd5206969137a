// Shared plumbing of the programs beside it.
// One workload per OS process:  node [flags] FILE WORKLOAD [scale]
// Each workload function gets a size, returns {ops, ms, ...extra}; a smaller warm-up pass runs first.
import { performance } from 'node:perf_hooks';
import fs from 'node:fs';

export const now = () => performance.now();

export function pct(arr, q) {
  const a = Float64Array.from(arr).sort();
  return a[Math.max(0, Math.min(a.length - 1, Math.round(q * a.length) - 1))];
}
export const median = (a) => pct(a, 0.5);

export function rssBytes() {
  const s = fs.readFileSync('/proc/self/status', 'latin1');
  return Number(/VmRSS:\s+(\d+)/.exec(s)[1]) * 1024;
}
export function gc() { if (globalThis.gc) { globalThis.gc(); globalThis.gc(); } }

export function defer() {
  let resolve, reject;
  const promise = new Promise((a, b) => { resolve = a; reject = b; });
  return { promise, resolve, reject };
}

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

// table: {W3: {n: 1e6, warm: 1e5, run: async (n) => ({ops, ms})}}
export async function main(system, table) {
  const w = process.argv[2];
  const scale = Number(process.argv[3] ?? 1);
  if (!w || w === 'list') { console.log(Object.keys(table).join(' ')); return; }
  const t = table[w];
  if (!t) { console.log(JSON.stringify({ system, w, na: true })); return; }
  const n = Math.max(1, Math.round(t.n * scale));
  if (t.warm !== 0) {
    const reps = t.warmReps ?? 2;
    for (let i = 0; i < reps; i++) await t.run(Math.max(1, Math.round((t.warm ?? t.n / 10) * Math.min(1, scale))), true);
  }
  gc();
  const c0 = process.cpuUsage();
  const r = await t.run(n, false);
  const c = process.cpuUsage(c0);
  const list = Array.isArray(r) ? r : [r];
  if (list.length === 1) list[0].cpu_ms ??= Math.round((c.user + c.system) / 1000);
  for (const x of list) {
    const { ops, ms, ...extra } = x;
    console.log(JSON.stringify({ system, w: x.w ?? w, n, ops, ms: +ms.toFixed(3), rate: +(ops * 1000 / ms).toFixed(1), ...extra }));
  }
  process.exit(0);
}

// Measure memory per item: build(n) returns something that keeps them alive.
export async function memSlope(n, build) {
  gc(); await sleep(50); gc();
  const h0 = process.memoryUsage().heapUsed, r0 = rssBytes();
  const t0 = now();
  const keep = await build(n);
  const ms = now() - t0;
  gc(); await sleep(50); gc();
  const h1 = process.memoryUsage().heapUsed, r1 = rssBytes();
  const out = { ops: n, ms, bytes_heap: +((h1 - h0) / n).toFixed(1), bytes_rss: +((r1 - r0) / n).toFixed(1) };
  globalThis.__keep = keep;
  return out;
}
