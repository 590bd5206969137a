#!/usr/bin/env node
// Seeded scenarios of what ../otp/generate.mjs leaves out: combinations of options, administration of nested supervisors, slow
// ends under every kind of shutdown, steps that do not wait, waiting mailboxes, servers without callbacks. Same arguments, same output.
//   node generate.mjs --family supervisor|process|gen_server --seed 1 --count 100 [--prefix S]
import { argv, stdout } from 'node:process';

class Random {
  constructor(seed) {
    let h = 2166136261;
    for (const c of String(seed)) h = Math.imul(h ^ c.codePointAt(0), 16777619);
    this.s = h >>> 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }
  next() {
    let t = (this.s = (this.s + 0x6d2b79f5) >>> 0);
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  int(a, b) { return a + Math.floor(this.next() * (b - a + 1)); }
  bool(p = 0.5) { return this.next() < p; }
  pick(list) { return list[Math.floor(this.next() * list.length)]; }
  /** One of `[weight, value]`; a function is called for its value. */
  weighted(pairs) {
    let x = this.next() * pairs.reduce((sum, [weight]) => sum + weight, 0);
    const [, value] = pairs.find(([weight]) => (x -= weight) < 0) ?? pairs.at(-1);
    return typeof value === 'function' ? value() : value;
  }
}
const tuple = (...elements) => ({ t: elements });

// ---------------------------------------------------------------- supervisor

/** Trees of plain supervisors whose children end slowly, start slowly, or badly, and are administered while they do. */
function supervisorScenario(r) {
  const tags = new Set();
  const workers = [], sups = [], dynamic = new Map();
  let nextWorker = 0, nextSup = 0, nextDyn = 0;
  const reason = () => r.weighted([[3, 'normal'], [3, 'shutdown'], [2, tuple('shutdown', r.pick(['x', 7, tuple('a', 1)]))], [5, 'boom'], [1, 'killed'], [1, 'kill'], [1, tuple('bad', 'luck')], [1, 42]]);
  const ending = (c) => {
    c.trap_exit = r.bool(0.75);
    r.weighted([
      [4, () => {}],
      [3, () => { tags.add('slow-terminate'); c.terminate = ['sleep', r.pick([20, 120])]; }],
      [1.5, () => { c.terminate = ['exit', reason()]; }],
      [1.5, () => { c.terminate = ['crash', r.pick(['cleanup', tuple('a', 'b')])]; }],
    ]);
    r.weighted([
      [3, () => {}],
      [2, () => { c.shutdown = c.terminate?.[1] === 120 ? r.pick([30, 500]) : 400; }],
      [1.5, () => { c.shutdown = 'brutal_kill'; }],
      [1.5, () => { c.shutdown = 'infinity'; }],
    ]);
  };
  const start = () => r.weighted([
    [9, ['ok']], [1, () => ['delay', r.pick([5, 20]), ['ok']]], [1, ['ok_info', tuple('extra', 1)]],
    [1, () => ['delay', 10, r.pick([['error', 'late'], ['crash', 'late'], ['exit', 'late']])]], [1, () => ['error', reason()]], [0.7, () => ['exit', reason()]],
    [0.7, () => ['crash', tuple('oops', 1)]], [0.6, ['ignore']], [0.5, ['start_error', tuple('already_started', 'x')]], [0.5, ['bad_return', tuple('ok', 'nonsense')]],
  ]);
  const worker = (id, parent, template) => {
    const c = { id };
    const restart = r.weighted([[4, 'permanent'], [3, 'transient'], [2, 'temporary']]);
    if (restart !== 'permanent' || r.bool()) c.restart = restart;
    ending(c);
    if (r.bool(0.08)) c.type = r.pick(['worker', 'supervisor']);
    if (!template && parent.auto !== 'never' && restart !== 'permanent' && r.bool(0.6)) c.significant = true;
    if (r.bool(0.3)) {
      tags.add('init');
      const later = Array.from({ length: r.int(1, 3) }, start).filter(([kind]) => !(template && kind === 'ignore'));
      c.init = [['ok'], ...later, ['ok']];
    }
    return c;
  };
  const flags = (s, entry, root) => {
    s.strategy = r.weighted([[2, 'one_for_one'], [3, 'one_for_all'], [3, 'rest_for_one'], [root ? 0 : 1, 'simple_one_for_one']]);
    s.intensity = r.weighted([[1, 0], [3, 1], [3, 2], [2, 5]]) + (root ? 2 : 0);
    s.period = 3600;
    entry.strategy = s.strategy;
    entry.auto = s.strategy === 'simple_one_for_one' ? 'never' : r.weighted([[5, 'never'], [2, 'any_significant'], [2, 'all_significant']]);
    if (entry.auto !== 'never') { s.auto_shutdown = entry.auto; tags.add('auto-shutdown'); }
    tags.add(s.strategy);
  };
  const supervisor = (id, depth) => {
    const entry = { id, depth, children: [] };
    sups.push(entry);
    const s = {};
    flags(s, entry, depth === 0);
    if (s.strategy === 'simple_one_for_one') {
      s.children = [worker(`t${id}`, entry, true)];
      dynamic.set(id, `t${id}`);
      return s;
    }
    s.children = [];
    for (let i = r.int(depth === 0 ? 2 : 1, 3); i > 0; i--) s.children.push(depth < 2 && r.bool(0.4) ? nested(entry, depth + 1) : plain(entry));
    return s;
  };
  const plain = (entry) => {
    const id = `w${++nextWorker}`;
    workers.push({ id, parent: entry.id });
    entry.children.push(id);
    return worker(id, entry, false);
  };
  const nested = (entry, depth) => {
    const id = `s${++nextSup}`;
    entry.children.push(id);
    const c = { id, sup: supervisor(id, depth) };
    const restart = r.weighted([[4, 'permanent'], [3, 'transient'], [2, 'temporary']]);
    if (restart !== 'permanent') c.restart = restart;
    if (entry.auto !== 'never' && restart !== 'permanent' && r.bool(0.6)) c.significant = true;
    r.weighted([[4, () => {}], [2, () => { c.shutdown = r.pick([50, 1_000]); }], [1, () => { c.shutdown = 'brutal_kill'; }]]);
    return c;
  };
  const tree = { id: 'root', sup: supervisor('root', 0) };
  const ops = [];
  const action = () => r.weighted([
    [4, () => ['stop', reason()]], [3, () => ['exit', reason()]], [3, () => ['error', r.pick(['boom', tuple('boom', 1)])]], [1, () => ['throw', tuple('ball', 1)]],
    [2, ['kill']], [2, () => ['self_signal', r.pick([reason(), 'kill'])]], [1, ['bad', 'junk']], [1, ['unlink_parent']], [1, ['noop']],
  ]);
  const parentOf = (x) => sups.find((s) => s.children.includes(x)) ?? sups[0];
  const childOf = (s) => (s.children.length > 0 ? r.pick(s.children) : 'nobody');
  const admin = () => {
    const s = r.pick(sups);
    if (dynamic.has(s.id) && r.bool(0.7)) {
      const mine = workers.filter((w) => w.parent === s.id);
      if (mine.length === 0 || r.bool(0.4)) return fresh(s);
      return { op: r.pick(['terminate_child', 'get_childspec', 'terminate_child', 'restart_child']), sup: s.id, child: r.pick([{ pid: r.pick(mine).id }, { pid: r.pick(mine).id }, dynamic.get(s.id)]) };
    }
    const op = r.weighted([[4, 'terminate_child'], [3, 'restart_child'], [2, 'delete_child'], [1, 'get_childspec']]);
    const child = r.weighted([[12, () => childOf(s)], [1, () => ({ pid: r.pick([...workers, ...sups]).id })], [0.5, 'nobody']]);
    return { op, sup: s.id, child };
  };
  const fresh = (s) => {
    const id = `d${++nextDyn}`;
    workers.push({ id, parent: s.id });
    return { op: 'start_child', sup: s.id, name: id };
  };
  const added = () => {
    const s = r.pick(sups.filter((x) => !dynamic.has(x.id)));
    if (r.bool(0.2)) return { op: 'start_child', sup: s.id, child: { id: childOf(s) } };
    return { op: 'start_child', sup: s.id, child: s.depth < 2 && r.bool(0.4) ? nested(s, s.depth + 1) : plain(s) };
  };
  for (const id of dynamic.keys()) for (let i = r.int(1, 2); i > 0; i--) ops.push(fresh({ id }));
  const total = r.int(6, 12);
  while (ops.length < total) {
    r.weighted([
      [10, () => {
        const w = r.pick(workers.length > 0 ? workers : [{ id: 'nobody' }]);
        if (r.bool(0.12)) {
          tags.add('after');
          ops.push({ op: 'child_do', target: w.id, do: ['after', 100, action()] }, ...(r.bool(0.4) ? [{ op: 'signal', target: w.id, reason: 'kill' }] : []), { op: 'wait', ms: 220 });
        } else ops.push({ op: 'child_do', target: w.id, do: action() });
      }],
      [3, () => ops.push({ op: 'signal', target: r.pick([...workers, ...sups]).id, reason: r.pick(['kill', 'kill', 'shutdown', reason()]) })],
      [7, () => {
        tags.add('admin');
        const op = admin();
        ops.push(op);
        if (op.op === 'terminate_child' && typeof op.child === 'string' && r.bool(0.6)) ops.push({ op: r.pick(['restart_child', 'restart_child', 'delete_child']), sup: op.sup, child: op.child });
      }],
      [3, () => { tags.add('admin'); ops.push(added()); }],
      [2, () => ops.push({ op: r.pick(['which_children', 'count_children']), sup: r.pick(sups).id })],
    ]);
  }
  if (r.bool(0.6)) ops.push({ op: 'signal', target: 'root', from: 'parent', reason: r.pick(['shutdown', 'shutdown', 'normal', reason(), 'kill']) });
  return { family: 'supervisor', tags: [...tags].sort(), tree, ops };
}

// ------------------------------------------------------------------- process

/** Processes with full mailboxes: options of monitors and aliases combined, links and monitors of oneself, selective receives. */
function processScenario(r) {
  const tags = new Set();
  const ids = Array.from({ length: r.int(3, 6) }, (_, i) => `p${i + 1}`);
  const procs = ids.map((id) => (r.bool() ? { id, trap_exit: true } : { id }));
  const all = [...ids];
  const names = ['n1', 'n2', 'n3'];
  const monitors = [], aliases = [];
  let refs = 0, values = 0, spawned = ids.length;
  const reason = () => r.weighted([[3, 'normal'], [2, 'shutdown'], [2, tuple('shutdown', 'x')], [4, 'boom'], [1, 7], [1, 'killed'], [1, 'noproc'], [1, 'noconnection'], [1, tuple('a', tuple('b', 1))], [0.7, ['x', 1]]]);
  const value = () => r.weighted([[6, () => `v${++values}`], [1, () => tuple('v', ++values)], [1, () => [++values, 'x']]]);
  const target = (p, self = 0.12) => (r.bool(self) ? p : r.pick(all));
  const someone = (p) => r.pick(all.filter((q) => q !== p));
  const aliasOf = (p, others) => { const list = aliases.filter(({ owner }) => (owner === p) !== others); return list.length > 0 ? r.pick(list).ref : null; };
  const options = () => r.weighted([
    [2, undefined],
    [2, () => { tags.add('alias'); return { alias: r.pick(['explicit_unalias', 'demonitor', 'reply_demonitor']) }; }],
    [2, () => { tags.add('tag'); return { tag: r.pick(['gone', 'late']) }; }],
    [3, () => { tags.add('alias'); tags.add('tag'); return { alias: r.pick(['explicit_unalias', 'demonitor', 'reply_demonitor']), tag: r.pick(['gone', 'late']) }; }],
  ]);
  const monitor = (p, at) => {
    const ref = `m${++refs}`;
    const byName = r.bool(0.25);
    const o = options();
    // A name nobody has, or will have: whom it means is settled by the turn.
    const act = ['monitor', byName ? { name: r.pick(names) } : target(p), ref, ...(o === undefined ? [] : [o])];
    monitors.push({ ref, owner: p, at });
    if (o?.alias !== undefined) aliases.push({ ref, owner: p, at });
    return act;
  };
  const act = (p, at) => r.weighted([
    [6, () => ['link', target(p)]],
    [3, () => ['unlink', target(p)]],
    [9, () => monitor(p, at)],
    [7, () => {
      const mine = monitors.filter((m) => m.owner === p && m.at < at);
      if (mine.length === 0) return ['is_alive', target(p)];
      return ['demonitor', r.pick(mine).ref, ...r.pick([[], [['flush']], [['info']], [['flush', 'info']], [['info', 'flush']]])];
    }],
    [6, () => ['send', r.bool(0.2) ? { name: r.pick(names) } : target(p), value()]],
    [6, () => { const ref = aliasOf(p, true); return ref === null ? ['send', target(p), value()] : ['send', { alias: ref }, value()]; }],
    [3, () => { const ref = aliasOf(p, false); return ref === null ? ['whereis', r.pick(names)] : ['unalias', ref]; }],
    [3, () => { tags.add('alias'); const ref = `m${++refs}`; aliases.push({ ref, owner: p, at }); return ['alias', ref, r.pick(['reply', 'explicit_unalias'])]; }],
    [4, () => { tags.add('names'); return ['register', r.pick(names), target(p, 0.5)]; }],
    [2, () => ['unregister', r.pick(names)]],
    [1, () => ['whereis', r.pick(names)]],
    [3, () => ['trap', r.bool()]],
    [4, () => {
      if (spawned >= 10) return ['is_alive', target(p)];
      tags.add('spawn');
      const id = `p${++spawned}`;
      const o = { ...(r.bool(0.6) ? { link: true } : {}), ...(r.bool(0.4) ? { trap_exit: true } : {}) };
      if (r.bool()) { o.monitor = `m${++refs}`; monitors.push({ ref: o.monitor, owner: p, at }); }
      all.push(id);
      return ['spawn', id, o];
    }],
    [7, () => {
      tags.add('receive');
      const mine = monitors.filter((m) => m.owner === p && m.at < at);
      return ['receive', r.weighted([[2, 'msg'], [2, 'EXIT'], [2, 'DOWN'], [mine.length > 0 ? 4 : 0, () => ({ ref: r.pick(mine).ref })], [2, () => ({ msg: `v${r.int(1, Math.max(values, 1))}` })]])];
    }],
  ]);
  const last = (p) => r.weighted([
    [4, () => ['exit', r.pick([reason(), 'kill'])]], [2, () => ['error', r.pick(['oops', tuple('badmatch', 1)])]], [1, () => ['throw', tuple('ball', 1)]], [1, ['return']],
    [6, () => ['exit2', someone(p), r.pick([reason(), 'kill'])]], [2, () => ['exit2', p, r.pick([reason(), 'kill'])]],
  ]);
  const ops = [];
  const total = r.int(9, 16);
  while (ops.length < total) {
    const p = r.pick(all);
    const hold = r.bool(0.6);
    const at = ops.length;
    if (ops.length > 3 && r.bool(0.35)) ops.push({ op: 'do', p, acts: [...(r.bool(0.3) ? [['send', someone(p), value()]] : []), last(p)], ...(hold ? { hold } : {}) });
    else ops.push({ op: 'do', p, acts: Array.from({ length: r.int(1, 3) }, () => act(p, at)), ...(hold ? { hold } : {}) });
  }
  ops.push({ op: 'wait', ms: 1 });
  return { family: 'process', tags: [...tags].sort(), procs, ops };
}

// ---------------------------------------------------------------- gen_server

/** Servers without callbacks, with slow starts and ends, calls within calls, and clients that link, unlink, come and go. */
function serverScenario(r) {
  const tags = new Set();
  const clients = Array.from({ length: r.int(2, 4) }, (_, i) => ({ id: `c${i + 1}`, trap_exit: i === 0 || r.bool(0.6) }));
  const ids = clients.map(({ id }) => id);
  const servers = [];
  const ops = [];
  let nServers = 0, nTags = 0, nKeys = 0, nRefs = 0, values = 0, nClients = clients.length;
  let open = [];
  const reason = () => r.weighted([[3, 'normal'], [2, 'shutdown'], [1, tuple('shutdown', 'x')], [4, 'boom'], [1, 'kill'], [1, tuple('a', 1)], [1, 'timeout']]);
  const tag = () => `q${++nTags}`;
  const to = (s) => (s.name !== undefined && r.bool() ? { name: s.name } : { pid: s.id });
  const wait = () => ops.push({ op: 'wait', ms: 220 });
  const leaf = () => ({ tag: tag(), ...(r.bool(0.4) ? { pre: [['add', r.int(1, 3)]] } : {}) });
  const bad = () => r.weighted([[2, () => ['error', r.pick(['oops', tuple('badmatch', 1)])]], [2, () => ['exit', reason()]], [1, ['bad', tuple('reply', 'x')]], [1, ['kill']], [1, () => ['stop', reason()]]]);
  const thrown = () => ['throw', r.pick([['noreply'], ['bad', 'ball'], ['stop', 'boom'], ['stop', 'normal']])];
  const follow = (deep = 0) => ({ tag: tag(), ...(r.bool(0.3) ? { pre: pre(deep + 1) } : {}), ret: r.weighted([[6, ['noreply']], [deep > 1 ? 0 : 3, () => ['noreply', extra(deep + 1)]], [1, bad], [0.7, thrown]]) });
  const extra = (deep = 0) => r.weighted([
    [3, () => { tags.add('continue'); return { continue: follow(deep) }; }],
    [2, () => { tags.add('timeout'); open.push('timeout'); return { timeout: 100 }; }],
    [1, () => { tags.add('timeout'); return { timeout: 0 }; }],
    [1, () => { tags.add('hibernate'); return { hibernate: true }; }],
  ]);
  const pre = (deep = 0) => {
    const acts = [];
    for (let i = r.int(0, 2); i > 0; i--)
      acts.push(r.weighted([
        [2, () => ['add', r.int(1, 5)]],
        [2, () => ['send', r.pick(ids), r.pick(['$state', `w${++values}`])]],
        [1, () => { tags.add('self-message'); return [r.pick(['info_self', 'cast_self']), deep > 1 ? leaf() : script('cast', deep + 1)]; }],
        [1, () => ['trap', r.bool()]],
        [1.5, () => { tags.add('monitor'); return ['monitor', r.pick(ids)]; }],
        [1, () => ['unlink', r.pick(ids)]],
        [1, ['sleep', 10]],
        [2, () => reply()],
        [1.5, () => nest(deep)],
      ]));
    return acts;
  };
  const keys = [];
  const reply = () => (keys.length > 0 ? ['reply', keys.splice(r.int(0, keys.length - 1), 1)[0], r.pick(['$state', 'late', tuple('ok', 1)])] : ['add', 1]);
  const nest = (deep) => {
    tags.add('nested-call');
    const other = r.weighted([[4, () => (servers.length > 0 ? to(r.pick(servers)) : { name: 'nobody' })], [1, { name: 'nobody' }]]);
    const inner = r.weighted([[4, leaf], [1, () => ({ tag: tag(), ret: ['stop', reason(), 'bye'] })], [1, () => ({ tag: tag(), ret: bad() })], [1, () => ({ tag: tag(), pre: [['sleep', 70]] })]]);
    return [r.pick(['catch_call', 'catch_call', 'call']), other, inner, r.pick(['infinity', 'infinity', 20])];
  };
  const script = (kind, deep = 0) => {
    const s = { tag: tag() };
    if (r.bool(0.6)) s.pre = pre(deep);
    if (kind === 'call') {
      const v = r.pick(['$state', '$last', `a${++values}`, tuple('ok', 1), [1, 2]]);
      s.ret = r.weighted([
        [7, () => ['reply', v]], [4, () => ['reply', v, extra(deep)]],
        [3, () => { const key = `k${++nKeys}`; keys.push(key); return ['noreply', key]; }], [2, () => { const key = `k${++nKeys}`; keys.push(key); return ['noreply', key, extra(deep)]; }],
        [2, () => ['stop', reason(), v]], [2, bad], [1, () => ['throw', r.pick([['reply', 'thrown'], ['stop', 'boom', 'bye'], ['stop', 'normal'], ['bad', 'ball']])]],
      ]);
    } else s.ret = r.weighted([[6, ['noreply']], [4, () => ['noreply', extra(deep)]], [2, bad], [1, thrown]]);
    return s;
  };
  const begin = () => {
    const id = `s${++nServers}`;
    const o = { op: 'start', client: r.pick(ids), server: id, link: r.bool(0.6) };
    if (r.bool()) o.name = r.pick([`n${nServers}`, 'n1']);
    if (r.bool()) o.trap_exit = true;
    const kind = r.next();
    if (kind < 0.12) { tags.add('start-timeout'); o.link = false; o.start_timeout = 20; o.init = { pre: [['sleep', 70]] }; }
    else if (kind < 0.3) { o.start_timeout = 5_000; o.init = { pre: pre(1).filter(([a]) => a !== 'info_self' && a !== 'cast_self'), ret: r.weighted([[3, ['ok']], [4, () => ['ok', extra()]]]) }; }
    else if (kind < 0.4) { o.link = false; o.init = { ret: r.weighted([[2, () => ['stop', reason()]], [1, ['ignore']], [1, () => ['error', 'oops']], [1, () => ['exit', reason()]], [1, ['bad', 'junk']], [1, ['throw', 'ball']], [1, ['kill']]]) }; }
    if (r.bool(0.3)) o.on_timeout = follow(1);
    if (r.bool(0.4)) o.terminate = r.weighted([[2, () => ['exit', reason()]], [2, ['error', 'cleanup']], [2, ['sleep', 40]], [1, ['throw', tuple('ball', 1)]]]);
    if (r.bool(0.3)) { tags.add('without'); o.without = r.pick([['handle_info'], ['handle_continue'], ['terminate'], ['handle_info', 'terminate'], ['handle_cast'], ['handle_call'], ['handle_info', 'handle_continue', 'terminate'], ['init']]); if (o.without.includes('init')) o.link = false; }
    servers.push({ id, name: o.name });
    ops.push(o);
  };
  const single = (c, queued = false) => {
    const s = r.bool(0.75) ? servers.at(-1) : r.pick(servers);
    return r.weighted([
      [9, () => ({ op: 'call', to: to(s), script: script('call') })],
      [5, () => ({ op: 'cast', to: to(s), script: script('cast') })],
      [4, () => ({ op: 'info', to: { pid: s.id }, script: script('info') })],
      [1.5, () => ({ op: 'send_raw', to: r.pick([{ pid: s.id }, { name: 'nobody' }]), msg: r.pick(['hello', tuple('EXIT', 'x'), 42]) })],
      // Of a server that ends before it gets there OTP tells in another form.
      [queued ? 0 : 2, () => ({ op: 'stop', to: to(s), reason: reason(), ...(r.bool() ? { timeout: r.pick([20, 5_000]) } : {}) })],
      [2, () => ({ op: 'signal', to: { pid: s.id }, reason: reason() })],
      // To one that is gone it raises, unless the client traps exits.
      [c === 'c1' ? 3 : 0, () => ({ op: 'link', to: { pid: s.id } })],
      [1.5, () => ({ op: 'unlink', to: { pid: s.id } })],
      [2, () => ({ op: 'monitor', to: r.pick([to(s), { pid: s.id }]), as: `m${++nRefs}` })],
      [0.4, () => ({ op: r.pick(['call', 'stop']), to: { pid: 'self' } })],
    ]);
  };
  begin();
  const total = r.int(8, 15);
  while (ops.length < total) {
    if (open.length > 0 && r.bool(0.6)) { wait(); open = []; continue; }
    const c = r.pick(ids);
    r.weighted([
      [14, () => ops.push({ client: c, ...single(c) })],
      [3, () => { tags.add('seq'); ops.push({ op: 'seq', client: c, ops: [{ op: 'cast', to: { pid: servers.at(-1).id }, script: { tag: tag(), pre: [['sleep', 15]], ...(r.bool() ? { ret: ['noreply', extra(1)] } : {}) } }, ...Array.from({ length: r.int(1, 3) }, () => single(c, true))] }); }],
      [2, () => {
        tags.add('call-timeout');
        ops.push({ op: 'call', client: c, to: to(servers.at(-1)), timeout: 20, nocatch: r.bool(0.3), script: { tag: tag(), pre: [['sleep', 70]], ret: r.pick([['reply', 'late'], ['stop', 'normal', 'late'], ['error', 'late']]) } });
      }],
      [2.5, begin],
      [1, () => { const id = `c${++nClients}`; ids.push(id); ops.push({ op: 'spawn_client', client: id, trap_exit: r.bool() }); }],
      [1, () => ops.push({ op: 'client_exit', client: c, how: r.pick([['exit', reason()], ['error', 'oops']]) })],
      [0.7, () => ops.push({ op: 'call', client: c, nocatch: true, to: r.pick([to(servers.at(-1)), { name: 'nobody' }]), script: script('call') })],
      [0.7, () => ops.push({ op: 'whereis', name: r.pick(['n1', 'nobody', ...servers.map(({ name }) => name).filter((n) => n !== undefined)]) })],
    ]);
  }
  if (open.length > 0) wait();
  return { family: 'gen_server', tags: [...tags].sort(), clients, ops };
}

const makers = { supervisor: supervisorScenario, process: processScenario, gen_server: serverScenario };

const arg = (name, fallback) => { const i = argv.indexOf(`--${name}`); return i > 0 ? argv[i + 1] : fallback; };
const family = arg('family');
if (makers[family] === undefined) {
  console.error(`--family must be one of ${Object.keys(makers).join(', ')}, not ${family}`);
  process.exit(2);
}
const prefix = arg('prefix', { supervisor: 'E', process: 'F', gen_server: 'G' }[family]);
for (let i = 1; i <= Number(arg('count', '100')); i++) {
  const scenario = makers[family](new Random(`${family}/wide/${arg('seed', '1')}/${i}`));
  stdout.write(`${JSON.stringify({ id: `${prefix}-${String(i).padStart(4, '0')}`, ...scenario })}\n`);
}
