export { SimError, type SimOptions, type SimProgram, type SimRun, type SimWorld, sim } from './simulator/sim.js';
export { VirtualHost } from './virtual-host.js';
