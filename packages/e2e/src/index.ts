export { type Browser, chromiumPath, launchBrowser } from './chromium.js';
export { type DebianProgram, debianProgram, haproxy, natsServer, oldNatsServer, redisServer } from './debian.js';
export { LoadBalancer } from './haproxy.js';
export { type NatsOptions, NatsServer, startNats } from './nats.js';
export { artifacts, cache, root } from './paths.js';
export { freePort } from './port.js';
export { Child, type Exit, type StartOptions, start, startNode, type WaitOptions } from './process.js';
export { type TempFolder, tempFolder } from './temp-folder.js';
