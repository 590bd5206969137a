import { createActor, fromTransition, fromCallback, setup } from 'xstate';
import { main, now, defer, memSlope, pct } from './harness.mjs';
const KIND = process.env.KIND ?? 'transition';
// fromTransition: pure reducer; sends happen as side effects inside it (the only way to talk to a peer from a reducer)
// fromCallback: receive() listener
const mk = KIND === 'callback'
  ? (h, input) => createActor(fromCallback(({ receive }) => { receive((e) => h(e)); }), { input }).start()
  : (h, init = null) => createActor(fromTransition((st, e) => { h(e, st); return st; }, init)).start();
await main('xstate-' + KIND, {
  W1: { n: 1e5, warm: 1e4, run: async (n) => { const t0 = now(); for (let i = 0; i < n; i++) mk(() => {}).stop(); return { ops: n, ms: now() - t0 }; } },
  W2: { n: 1e5, warm: 0, run: (n) => memSlope(n, (n) => { const a = []; for (let i = 0; i < n; i++) a.push(mk((e, st) => {}, { n: i, m: 0 })); return a; }) },
  // sends run synchronously through a per-system mailbox: an actor that sends to another from inside its own handler recurses,
  // so every hop is deferred with queueMicrotask to keep the stack flat
  W3: { n: 2e5, warm: 2e4, run: async (n) => { const N = n, d = defer(); let b; const a = mk((e) => { if (--n === 0) d.resolve(); else queueMicrotask(() => b.send({ type: 'hello' })); }); b = mk((e) => queueMicrotask(() => a.send({ type: 'world' }))); const t0 = now(); b.send({ type: 'hello' }); await d.promise; return { ops: 2 * N, ms: now() - t0 }; } },
  W4: { n: 200, warm: 20, run: async (laps) => { const N = laps, d = defer(); let firstTo; const first = mk((e) => { if (--laps === 0) d.resolve(); else queueMicrotask(() => firstTo.send({ type: 'tok' })); }); let prev = first; for (let i = 1; i < 1000; i++) { const to = prev; prev = mk((e) => queueMicrotask(() => to.send({ type: 'tok' }))); } firstTo = prev; const t0 = now(); prev.send({ type: 'tok' }); await d.promise; return { ops: 1000 * N, ms: now() - t0 }; } },
  W5: { n: 200, warm: 20, run: async (m) => { const d = defer(); let left = 1000 * m; const r = mk(() => { if (--left === 0) d.resolve(); }); const t0 = now(); for (let i = 0; i < 1000; i++) mk(() => { for (let j = 0; j < m; j++) r.send({ type: 'msg', n: j }); }).send({ type: 'go' }); await d.promise; return { ops: 1000 * m, ms: now() - t0 }; } },
  W6: { n: 20, warm: 3, run: async (m) => { const d = defer(); let left = 10000 * m; const ps = []; for (let i = 0; i < 10000; i++) ps.push(mk(() => { if (--left === 0) d.resolve(); })); const t0 = now(); for (let j = 0; j < m; j++) { const msg = { type: 'news', n: j }; for (const p of ps) p.send(msg); } await d.promise; return { ops: 10000 * m, ms: now() - t0 }; } },
  // no built-in call: request event carries a resolver
  W7: { n: 2e5, warm: 2e4, run: async (n) => { const s = mk((e) => e.ok(e.n)); const t0 = now(); for (let i = 0; i < n; i++) await new Promise((ok) => s.send({ type: 'get', n: i, ok })); return { ops: n, ms: now() - t0, note: 'hand-written reply' }; } },
  W11: { n: 1e5, warm: 1e4, run: async (n) => { const d = defer(); const t0 = now(); const sky = (parent, num, size, fin) => { let left = 10, sum = 0; const self = mk((e) => { if (e.type === 'go') { if (size === 1) { queueMicrotask(() => { parent.send({ type: 'sum', v: num }); self.stop(); }); return; } for (let i = 0; i < 10; i++) sky(self, num + i * size / 10, size / 10, null).send({ type: 'go' }); return; } sum += e.v; if (--left === 0) { if (fin) fin(sum); else parent.send({ type: 'sum', v: sum }); queueMicrotask(() => self.stop()); } }); return self; }; sky(null, 0, n, d.resolve).send({ type: 'go' }); const sum = await d.promise; return { ops: n, ms: now() - t0, sum }; } },
});
