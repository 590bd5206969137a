import { parentPort } from 'node:worker_threads';
import type { JsonObject } from './json.js';
import { play } from './play.js';

// The thread that plays scenarios: one comes in, its trace goes out.
const port = parentPort;
if (port === null) throw new Error('player.js runs in a worker thread');
port.on('message', async (scenario: JsonObject) => port.postMessage(await play(scenario)));
