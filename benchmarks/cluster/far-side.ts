// The other process: a node, and a raw client that counts and answers. node far-side.js NATS_URL
import { connect } from '@nats-io/transport-node';
import type { Ref } from '@rekindle/kernel';
import { Sink } from './application.js';
import { startNode } from './start-node.js';

const url = process.argv[2] ?? '';
const raw = await connect({ servers: url });
let count = 0;
raw.subscribe('raw.sink', { callback: () => void count++ });
raw.subscribe('raw.count', { callback: (_error, message) => void message.respond(String(count)) });
raw.subscribe('raw.echo', { callback: (_error, message) => void message.respond(message.data) });
await raw.flush();
const topics = await startNode('far', url);
await topics.subscribe('topic', Sink.whereis('sink') as Ref<Sink>);
console.log('READY');
