// For tests: not part of the public API, may change in any release.
export { checkOptions, shownUrl } from './options.js';
export { RedisAdapter, type RedisEvents } from './redis-adapter.js';
