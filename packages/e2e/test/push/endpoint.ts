import { root } from '@rekindle/e2e';
import { TestEndpoint } from '../endpoint/endpoint.js';

export { servers } from '../endpoint/endpoint.js';

const main = `${root}/apps/lab/dist/push/main.js`;

/** A running server of the lab's application of recoverable topics, contracts and publishing. */
export function startPush(options: object, settings: object = {}): Promise<TestEndpoint> {
  return TestEndpoint.start(options, settings, main);
}
