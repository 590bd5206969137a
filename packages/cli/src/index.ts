export type { Surroundings } from './command.js';
export { type ControlledNode, openControl } from './control/server.js';
export { run } from './run.js';
