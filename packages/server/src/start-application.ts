import type { RunningApplication, StartOptions } from './start.js';

/**
 * Starts an application: threads, supervision tree, connection to other nodes, and only then the listening socket. Rejects with
 * `bad_option`, `node_too_old`, `port_in_use`, or what the application's module or a child's `init` threw.
 */
export async function startApplication(options: StartOptions): Promise<RunningApplication> {
  // Loaded only where a node is started: every scheduler loads this package with the application's module, none needs the gateway.
  const { start } = await import('./start.js');
  return start(options);
}
