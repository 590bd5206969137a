export { VirtualHost } from './virtual-host.js';
