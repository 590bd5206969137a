// Effect fibers + unbounded Queue as mailbox. VER=3 (effect 3.x) or 4 (effect 4.x).
import { main, now, defer, memSlope, pct } from './harness.mjs';
const VER = process.env.VER ?? '3';
const { Effect, Queue, Deferred, Fiber, Exit, Schedule } = await import(VER === '3' ? 'effect' : 'effect4');
const fork = VER === '3' ? Effect.forkDaemon : Effect.forkDetach;
const run = Effect.runPromise;
const { gen } = Effect;
const offer = VER === '3' ? (q, m) => Queue.offer(q, m) : (q, m) => Queue.offer(q, m);
const unsafe = VER === '3' ? (q, m) => q.unsafeOffer(m) : (q, m) => Queue.offerUnsafe(q, m);
const join = Fiber.join;
const yieldNow = typeof Effect.yieldNow === 'function' ? Effect.yieldNow() : Effect.yieldNow;
const actor = (h) => gen(function* () { const q = yield* Queue.unbounded(); const f = yield* fork(Effect.forever(Effect.flatMap(Queue.take(q), h))); return { q, f }; });
await main('effect' + VER, {
  W1: { n: 1e5, warm: 1e4, run: async (n) => { const t0 = now(); await run(gen(function* () { for (let i = 0; i < n; i++) yield* join(yield* fork(Effect.void)); })); return { ops: n, ms: now() - t0 }; } },
  W1bulk: { n: 1e5, warm: 1e4, run: async (n) => { const t0 = now(); await run(gen(function* () { const fs = []; for (let i = 0; i < n; i++) fs.push(yield* fork(Effect.void)); for (const f of fs) yield* join(f); })); return { ops: n, ms: now() - t0 }; } },
  W2: { n: 1e5, warm: 0, run: (n) => memSlope(n, (n) => run(gen(function* () { const a = []; for (let i = 0; i < n; i++) { const st = { n: i, m: 0 }; a.push(yield* actor((m) => Effect.sync(() => { st.m++; }))); } yield* Effect.sleep(50); return a; }))) },
  W3: { n: 1e5, warm: 1e4, run: async (n) => { const N = n, t0 = now(); await run(gen(function* () { const qa = yield* Queue.unbounded(), qb = yield* Queue.unbounded();
    const b = yield* fork(Effect.forever(Effect.flatMap(Queue.take(qb), () => Queue.offer(qa, { type: 'world' }))));
    const a = yield* fork(gen(function* () { for (let i = 0; i < n; i++) { yield* Queue.offer(qb, { type: 'hello' }); yield* Queue.take(qa); } }));
    yield* join(a); yield* Fiber.interrupt(b); })); return { ops: 2 * N, ms: now() - t0 }; } },
  W4: { n: 100, warm: 10, run: async (laps) => { let t0; await run(gen(function* () { const qs = []; for (let i = 0; i < 1000; i++) qs.push(yield* Queue.unbounded()); const fs = []; for (let i = 1; i < 1000; i++) fs.push(yield* fork(Effect.forever(Effect.flatMap(Queue.take(qs[i]), (m) => Queue.offer(qs[(i + 1) % 1000], m))))); yield* yieldNow; t0 = now(); for (let l = 0; l < laps; l++) { yield* Queue.offer(qs[1], { type: 'tok' }); yield* Queue.take(qs[0]); } for (const f of fs) yield* Fiber.interrupt(f); })); return { ops: 1000 * laps, ms: now() - t0 }; } },
  W5: { n: 100, warm: 10, run: async (m) => { const t0 = now(); await run(gen(function* () { const q = yield* Queue.unbounded(); const rx = yield* fork(gen(function* () { for (let i = 0; i < 1000 * m; i++) yield* Queue.take(q); })); for (let i = 0; i < 1000; i++) yield* fork(gen(function* () { for (let j = 0; j < m; j++) yield* Queue.offer(q, { type: 'msg', n: j }); })); yield* join(rx); })); return { ops: 1000 * m, ms: now() - t0 }; } },
  W6: { n: 20, warm: 3, run: async (m) => { let t0; await run(gen(function* () { const qs = [], fs = []; for (let i = 0; i < 10000; i++) { const q = yield* Queue.unbounded(); qs.push(q); fs.push(yield* fork(gen(function* () { for (let j = 0; j < m; j++) yield* Queue.take(q); }))); } t0 = now(); for (let j = 0; j < m; j++) { const msg = { type: 'news', n: j }; for (const q of qs) yield* Queue.offer(q, msg); } for (const f of fs) yield* join(f); })); return { ops: 10000 * m, ms: now() - t0 }; } },
  W7: { n: 1e5, warm: 1e4, run: async (n) => { const t0 = now(); await run(gen(function* () { const q = yield* Queue.unbounded(); let c = 0; const s = yield* fork(Effect.forever(Effect.flatMap(Queue.take(q), (m) => { c++; return Deferred.succeed(m.d, m.n); }))); for (let i = 0; i < n; i++) { const d = yield* Deferred.make(); yield* Queue.offer(q, { n: i, d }); yield* Deferred.await(d); } yield* Fiber.interrupt(s); })); return { ops: n, ms: now() - t0, note: 'Queue + Deferred by hand' }; } },
  // crash and restart: a fiber that fails, retried at once
  W8: { n: 5e4, warm: 5e3, run: async (n) => { const lat = new Float64Array(n); let i = 0, t = 0; const t0 = now(); await run(gen(function* () { const q = yield* Queue.unbounded(); const done = yield* Deferred.make();
    const body = Effect.suspend(() => { if (t !== 0) { lat[i++] = now() - t; if (i === n) return Effect.flatMap(Deferred.succeed(done, 1), () => Effect.never); } return gen(function* () { yield* Queue.take(q); t = now(); return yield* Effect.fail('boom'); }); });
    const f = yield* fork(Effect.retry(body, { times: n + 1 })); const drv = yield* fork(gen(function* () { for (let k = 0; k < n; k++) { yield* Queue.offer(q, 'crash'); } })); yield* Deferred.await(done); yield* Fiber.interrupt(f); })); return { ops: n, ms: now() - t0, p50_us: +(pct(lat, 0.5) * 1000).toFixed(1), p99_us: +(pct(lat, 0.99) * 1000).toFixed(1), note: 'Effect.retry, same fiber' }; } },
  W10: { n: 1e5, warm: 1e4, run: async (n) => { const t0 = now(); await run(gen(function* () { for (let i = 0; i < n; i++) { const f = yield* fork(Effect.sleep(60000)); yield* yieldNow; yield* Fiber.interrupt(f); } })); return { w: 'W10cancel', ops: n, ms: now() - t0 }; } },
  W11: { n: 1e5, warm: 1e4, run: async (n) => { const t0 = now(); const sky = (num, size) => size === 1 ? Effect.succeed(num) : gen(function* () { const fs = []; for (let i = 0; i < 10; i++) fs.push(yield* fork(sky(num + i * size / 10, size / 10))); let s = 0; for (const f of fs) s += yield* join(f); return s; }); const sum = await run(sky(0, n)); return { ops: n, ms: now() - t0, sum }; } },
});
