// By path and not by name: @rekindle/testing depends on the kernel, a dependency the other way round would be a cycle for turbo.
// One file, which needs the kernel alone: the deliberate faults run where there is nothing else.
export { VirtualHost } from '../../../testing/dist/virtual-host.js';
