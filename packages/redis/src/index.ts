export { connectRedis, type NodeParts, type RedisConnection } from './connect-redis.js';
export type { RedisOptions } from './options.js';
