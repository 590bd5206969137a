// For sibling packages: not part of the public API, may change in any release.
export { crash as describeCrash, print, supervisor as describeSupervisorReport } from './logger.js';
export { redact } from './redact.js';
