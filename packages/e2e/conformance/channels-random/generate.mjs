// node generate.mjs SEED COUNT: random scenarios, one a line, for the recorder in ../channels.
let seed = 0; for (const c of process.argv[2]) seed = (seed * 31 + c.charCodeAt(0)) >>> 0
const rnd = () => { seed = (seed + 0x6d2b79f5) >>> 0; let t = seed; t = Math.imul(t ^ (t >>> 15), t | 1); t ^= t + Math.imul(t ^ (t >>> 7), t | 61); return ((t ^ (t >>> 14)) >>> 0) / 4294967296 }
const int = (a, b) => a + Math.floor(rnd() * (b - a + 1))
const pick = (a) => a[int(0, a.length - 1)]
const chance = (p) => rnd() < p
const scalars = () => pick([null, true, false, 0, 1, -7, 1.5, 1e21, 123456789012, 'x', '', 'é漢', '🎉', 'a"b\\c', 'line\nbreak', '\u0000', '\u2028', '{{uid}}'])
const value = (d = 2) => d === 0 || chance(0.5) ? scalars() : chance(0.5) ? Array.from({ length: int(0, 3) }, () => value(d - 1)) : obj(d - 1)
const obj = (d = 2) => Object.fromEntries(Array.from({ length: int(0, 3) }, (_, i) => [pick(['k', 'ü', 'x y', '__proto__', 'constructor', 'status', 'response', 'phx_ref', 'metas', '']) + (chance(0.7) ? i : ''), value(d)]))
const anyPayload = () => chance(0.8) ? obj() : value()
const oddRef = () => pick([null, 1, 0, -1, 1.5, true, false, '', 'r', '1', 'é', 'long'.repeat(20), 12345678901])
const oddEvent = () => pick(['', 'phx_reply', 'phx_error', 'phx_close', 'é', 'phx_foo', 'unknown', 'presence_diff', 'phx_leave2', 'heartbeat', 'disconnect'])
const roomEvents = ['echo','echo_error','echo_custom','status_only','status_error','noop','push_back','reply_and_push','push_many','broadcast_many','new_msg','msg_from','msg_and_reply','intercept_me','assign','get_assign','whoami','relay','subscribe','unsubscribe']
const endings = ['boom','boom_later','stop','exit_normal','stop_later','stop_shutdown','stop_shutdown_tuple','stop_reply','stop_reply_error','stop_reply_abnormal','stop_abnormal','raw_exit','raw_exit_abnormal']
const hex = () => Array.from({ length: int(0, 20) }, () => int(0, 255).toString(16).padStart(2, '0')).join('')

function scenario(n) {
  const steps = [], tags = new Set(['random'])
  const topics = [...new Set([pick(['room:{{uid}}', 'room:term{{uid}}', 'room:reply{{uid}}']), pick(['room:a:b:{{uid}}', 'room:term2{{uid}}', 'room:after{{uid}}', 'room:é {{uid}}', 'room:*{{uid}}'])])]
  const ptopic = 'presence:' + pick(['', 'q', 'é']) + '{{uid}}'
  chance(0)
  const clients = {}
  const names = ['a', 'b', 'c']
  let ref = 0
  const connect = (name, user) => {
    const c = { name, user, vsn: chance(0.25) ? '1.0.0' : '2.0.0', lp: chance(0.2), joined: new Map(), open: true }
    clients[name] = c
    const params = user === null ? {} : { user_id: user }
    const step = { op: 'connect', c: name, vsn: c.vsn, params }
    if (c.lp) { step.transport = 'longpoll'; tags.add('longpoll') }
    if (c.vsn === '1.0.0') tags.add('v1')
    steps.push(step)
  }
  for (const x of names) connect(x, pick([`${x}{{uid}}`, `${x}{{uid}}`, 'ann{{uid}}', null]))
  const frame = (c, joinRef, r, topic, event, payload) => c.vsn === '2.0.0' ? [joinRef, r, topic, event, payload] : joinRef === undefined || chance(0.3) ? { topic, event, payload, ref: r } : { topic, event, payload, ref: r, join_ref: joinRef }
  const send = (c, m) => ({ op: 'send', c: c.name, m, ...(c.lp && c.vsn === '1.0.0' ? { ctype: 'application/json' } : {}) })
  const nextRef = () => chance(0.06) ? oddRef() : String(++ref)
  const anyV1 = () => Object.values(clients).some((k) => k.vsn === '1.0.0')
  const doJoin = (c, topic) => {
    const r = String(++ref)
    const jr = chance(0.08) ? null : chance(0.08) ? oddRef() : r
    c.joined.set(topic, c.vsn === '2.0.0' ? jr : r)
    const payload = topic.startsWith('presence') ? (chance(0.9) ? { device: c.name } : pick([null, {}, { device: null }])) : anyPayload()
    const rr = c.vsn === '2.0.0' && jr !== null && typeof jr === 'string' && jr === r ? r : r
    return send(c, c.vsn === '2.0.0' ? [jr, rr, topic, 'phx_join', payload] : frame(c, chance(0.5) ? undefined : r, r, topic, 'phx_join', payload))
  }
  const jref = (c, topic) => { const j = c.joined.has(topic) ? c.joined.get(topic) : String(ref); return chance(0.85) ? j : chance(0.5) ? null : chance(0.5) ? '0' : oddRef() }
  const roomPayload = (e, topic) => {
    switch (e) {
      case 'push_many': case 'broadcast_many': return chance(0.9) ? { n: int(0, 5), tag: scalars() } : pick([{ n: 1.5 }, { n: '2' }, {}, { n: null }, { n: -2 }])
      case 'assign': return chance(0.9) ? { key: pick(['k', '__proto__', 'x']), value: value() } : { key: 'k' }
      case 'get_assign': return { key: pick(['k', '__proto__', 'x', 'constructor']) }
      case 'relay': return { topic: pick([...topics, ...topics, ptopic, 'ext:{{uid}}', 'room:none{{uid}}', 'user_socket:ann{{uid}}']), event: pick(['new_msg', 'intercept_me', 'x', 'phx_x', 'presence_diff', '']), payload: obj() }
      case 'subscribe': case 'unsubscribe': return { topic: pick(['ext:{{uid}}', 'ext:{{uid}}', ptopic, topics.find((x) => x !== topic) ?? ptopic]) }
      case 'intercept_me': return chance(0.5) ? obj() : { skip: pick(['ann{{uid}}', 'a{{uid}}', null, 1, false]) }
      default: return anyPayload()
    }
  }
  // events that need object payloads to broadcast are given them most of the time
  const needsObject = new Set(['push_back','reply_and_push','new_msg','msg_from','msg_and_reply','intercept_me','async_reply_push'])
  const act = (c, topic, safe = false) => {
    const presence = topic.startsWith('presence')
    let event, payload
    if (presence) {
      event = pick(['update_meta','untrack','track_as','untrack_as','list','list','get_by_key','new_msg','echo', ...(chance(0.15) ? ['boom', 'stop'] : [])])
      payload = event === 'update_meta' ? pick([{ status: 'x', n: int(0, 9) }, {}, { device: 'z' }]) : event === 'track_as' ? { key: pick(['g1', 'g2', '__proto__', 'ann{{uid}}']), meta: pick([{ seat: int(0, 3) }, {}]) } : event === 'untrack_as' || event === 'get_by_key' ? { key: pick(['g1', 'g2', '__proto__', 'ann{{uid}}', 'nobody', 'anonymous']) } : obj()
    } else {
      event = !safe && chance(0.12) ? pick(endings) : !safe && chance(0.03) ? oddEvent() : pick(roomEvents)
      payload = roomPayload(event, topic)
      if (safe && (event === 'push_many' || event === 'broadcast_many')) payload = { n: int(0, 5), tag: 1 }
      if (safe && event === 'assign') payload = { key: 'k', value: value() }
      if (needsObject.has(event) && (safe || chance(0.93)) && (typeof payload !== 'object' || payload === null || Array.isArray(payload))) payload = obj()
    }
    return send(c, c.vsn === '2.0.0' ? frame(c, jref(c, topic), nextRef(), topic, event, payload) : frame(c, jref(c, topic), nextRef(), topic, event, payload))
  }
  const live = () => Object.values(clients).filter((c) => c.open)
  const all = [...topics, ptopic]
  for (const c of live()) for (const t of all) if (chance(0.7)) { const s = doJoin(c, t); if (t === ptopic) { s.compare = 'set'; s.own_diffs = [[c.name, ptopic]] } steps.push(s) }
  const count = int(10, 30)
  for (let i = 0; i < count; i++) {
    const cs = live(); if (cs.length === 0) { connect('z' + i, 'ann{{uid}}'); continue }
    const c = pick(cs)
    const topic = pick(chance(0.1) ? ['nope:{{uid}}', 'exact{{uid}}', 'room:private{{uid}}', 'room:crash{{uid}}', 'phoenix', ''] : all)
    const x = rnd()
    let s
    if (x < 0.12) { s = doJoin(c, topic) }
    else if (x < 0.17) { s = send(c, frame(c, jref(c, topic), nextRef(), topic, 'phx_leave', {})) }
    else if (x < 0.20) { s = { op: 'http', method: 'POST', path: `/_broadcast/${encodeURIComponent(pick(topics.filter((t) => !/[é *]/.test(t)).concat(['ext:{{uid}}']))).replace(/%7B%7Buid%7D%7D/, '{{uid}}').replace(/%3A/g, ':')}/${pick(['new_msg', 'intercept_me', 'phx_close', 'phx_error', 'phx_reply', 'x'])}`, json: obj() } }
    else if (x < 0.22) { s = { op: 'http', method: 'POST', path: `/_disconnect/${pick(['ann{{uid}}', 'a{{uid}}', 'nobody'])}`, compare: 'set' }; const id = s.path.slice(13); for (const k of live()) if (k.user === id) k.open = false; s.own_diffs = Object.keys(clients).map((k) => [k, ptopic]) }
    else if (x < 0.24) { s = { op: pick(['close', 'kill']), c: c.name, compare: 'set' }; if (s.op === 'close') s.code = pick([1000, 3000, 4001]); c.open = false; s.own_diffs = [[c.name, ptopic]] }
    else if (x < 0.27) { s = send(c, frame(c, oddRef(), oddRef(), 'phoenix', pick(['heartbeat', 'heartbeat', 'x']), value())) }
    else if (x < 0.33 && c.vsn === '2.0.0') { s = { op: 'binpush', c: c.name, m: [chance(0.85) ? c.joined.get(topic) ?? '1' : pick(['', null, '0']), String(++ref), topic, pick(['binary_echo', 'binary_error', 'binary_size', ...(anyV1() ? [] : ['binary_broadcast', 'binary_broadcast_from']), 'binary_push', 'echo', 'push_back', ...(anyV1() ? [] : ['new_msg']), 'phx_leave', 'phx_join', 'noop', 'relay'])], hex: hex() }; tags.add('binary') }
    else if (x < 0.345) { const bad = pick(['', '[]', '{}', 'null', '1', '"x"', '[null,null]', '["1","2","room:{{uid}}","echo"]', '["1","2",3,"echo",{}]', '["1","2","room:{{uid}}",4,{}]', '{"topic":"room:{{uid}}","event":"echo","payload":{}}', '[1,2,3,4,5]', '[["1"],"2","room:{{uid}}","echo",{}]', '["1",{"a":1},"room:{{uid}}","echo",{}]', '[\u0000]', '["1","2","room:{{uid}}","echo",{}] x', '["1","2","room:{{uid}}","echo",{},7]']); s = { op: 'text', c: c.name, text: bad, compare: 'set' }; tags.add('malformed'); s.own_diffs = Object.keys(clients).map((k) => [k, ptopic]); c.maybe = true }
    else if (x < 0.42 && !c.lp) { const many = Array.from({ length: int(2, 8) }, () => act(c, pick(topics), true)); s = { op: 'multi', steps: many, compare: 'topic' }; tags.add('pipeline') }
    else if (x < 0.45) { const bin = pick(['00', '0000000000', '00010101', '000101010161', '01', '0200', 'ff', '', '0001010102316172006d', '000001030161', '00ff']); if (c.lp || c.vsn !== '2.0.0') s = act(c, topic); else { s = { op: 'bin', c: c.name, hex: bin, compare: 'set', own_diffs: Object.keys(clients).map((k) => [k, ptopic]) }; tags.add('malformed') } }
    else s = act(c, topic)
    const flat = JSON.stringify(s)
    if (flat.includes('presence')) { s.compare = 'set'; s.own_diffs ??= Object.keys(clients).map((k) => [k, ptopic]); tags.add('presence') }
    steps.push(s)
    if (chance(0.04)) connect(`${pick(names)}${i}`, 'ann{{uid}}')
  }
  return { id: `${process.argv[2]}-${n}`, tags: [...tags], steps }
}
for (let i = 0; i < +process.argv[3]; i++) console.log(JSON.stringify(scenario(i)))
