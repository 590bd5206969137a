// By path and not by name: @rekindle/testing depends on the kernel, a dependency the other way round would be a cycle for turbo.
export { VirtualHost } from '../../../testing/dist/index.js';
