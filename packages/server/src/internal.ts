// For sibling packages: not part of the public API, may change in any release.
export { print } from './logger.js';
