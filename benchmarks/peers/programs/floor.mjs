// Floors: no actor library at all.
//   direct    plain method call (no mailbox, no isolation)
//   emitter   one EventEmitter per "actor", each hop deferred with queueMicrotask (a bare emit would recurse)
//   promiseq  one promise chain per actor: q = q.then(() => handle(m))
//   immediate one setImmediate per message
// node floor.mjs WORKLOAD [scale]   with KIND=direct|emitter|promiseq|immediate
import { EventEmitter } from 'node:events';
import { main, now, defer, memSlope } from './harness.mjs';
const KIND = process.env.KIND ?? 'promiseq';
class EmitterActor { constructor(h) { this.e = new EventEmitter(); this.e.on('m', h); } send(m) { queueMicrotask(() => this.e.emit('m', m)); } }
class PromiseActor { constructor(h) { this.h = h; this.q = Promise.resolve(); } send(m) { this.q = this.q.then(() => this.h(m)); } call(m) { return this.q = this.q.then(() => this.h(m)); } }
class ImmediateActor { constructor(h) { this.h = h; } send(m) { setImmediate(this.h, m); } }
class DirectActor { constructor(h) { this.h = h; } send(m) { this.h(m); } call(m) { return this.h(m); } }
const A = { emitter: EmitterActor, promiseq: PromiseActor, immediate: ImmediateActor, direct: DirectActor }[KIND];
const big = KIND === 'immediate' ? 0.1 : 1;
const table = {
  W1: { n: 1e6 * big, run: async (n) => { const t0 = now(); for (let i = 0; i < n; i++) new A(() => i); return { ops: n, ms: now() - t0 }; } },
  W2: { n: 1e5, warm: 0, run: (n) => memSlope(n, (n) => { const a = []; for (let i = 0; i < n; i++) { const st = { n: i, m: 0 }; a.push(new A((m) => { st.m++; })); } return a; }) },
  W3: { n: 1e6 * big, run: async (n) => { const d = defer(); let b; const a = new A((m) => { if (--n === 0) d.resolve(); else b.send(m); }); b = new A((m) => a.send(m)); const N = n, t0 = now(); b.send({ type: 'hello' }); await d.promise; return { ops: 2 * N, ms: now() - t0 }; } },
  W4: { n: 1000 * big, run: async (laps) => { const d = defer(), N = laps; let first; first = new A((m) => { if (--laps === 0) d.resolve(); else first.to.send(m); }); let prev = first; for (let i = 1; i < 1000; i++) { const to = prev; prev = new A((m) => to.send(m)); } first.to = prev; const t0 = now(); prev.send({ type: 'tok' }); await d.promise; return { ops: 1000 * N, ms: now() - t0 }; } },
  W5: { n: 1000 * big, run: async (m) => { const d = defer(); let left = 1000 * m; const s = new A(() => { if (--left === 0) d.resolve(); }); const t0 = now(); for (let i = 0; i < 1000; i++) { const tx = new A(() => { for (let j = 0; j < m; j++) s.send({ type: 'msg', n: j }); }); tx.send(0); } await d.promise; return { ops: 1000 * m, ms: now() - t0 }; } },
  W6: { n: 100 * big, run: async (m) => { const d = defer(); let left = 10000 * m; const ps = []; for (let i = 0; i < 10000; i++) ps.push(new A(() => { if (--left === 0) d.resolve(); })); const t0 = now(); for (let j = 0; j < m; j++) { const msg = { type: 'news', n: j }; for (const p of ps) p.send(msg); } await d.promise; return { ops: 10000 * m, ms: now() - t0 }; } },
};
if (KIND === 'promiseq' || KIND === 'direct') table.W7 = { n: 1e6, run: async (n) => { let c = 0; const s = new A((m) => { c++; return m.n; }); const t0 = now(); for (let i = 0; i < n; i++) await s.call({ type: 'get', n: i }); return { ops: n, ms: now() - t0 }; } };
if (KIND === 'direct') { delete table.W3; delete table.W4; }
await main('floor-' + KIND, table);
