import { type Kernel, reports } from '@rekindle/kernel/internal';
import type { Hub } from '@rekindle/pubsub/internal';
import type { HttpRequest, HttpResponse } from '../adapters/adapter.js';
import type { EndpointSpec } from '../endpoint-spec.js';
import type { ClientAddresses } from '../gateway/client-address.js';
import { type LongPollGateway, LongPolls } from '../gateway/long-poll.js';
import type { LongPollRows } from '../gateway/long-poll-rows.js';
import type { ForwardedResponse, SchedulerPort } from '../gateway/scheduler-port.js';
import { PublishApi, type PublishCounters } from '../publish/publish-api.js';
import { SseFront } from '../sse/sse-front.js';
import { HttpFront, plain, withoutBody } from './front.js';

/** What the routes work with. */
export interface HttpParts {
  readonly kernel: Kernel;
  readonly hub: Hub;
  readonly gateway: LongPollGateway;
  readonly endpoint: EndpointSpec;
  readonly clients: ClientAddresses;
  readonly rows: LongPollRows;
  /** The one to ask next; undefined: none is up. */
  scheduler(): SchedulerPort | undefined;
  isReady(): boolean;
  readonly counters: PublishCounters;
}

/** What plain HTTP requests are for: the transports over HTTP, the publish API, or the application and its files. */
export class HttpRoutes {
  readonly #longPolls: LongPolls;
  readonly #sse: SseFront;
  readonly #publish: PublishApi | null;
  readonly #front: HttpFront;

  constructor({ kernel, hub, gateway, endpoint, clients, rows, scheduler, isReady, counters }: HttpParts) {
    const { publish, maxBodyBytes } = endpoint;
    this.#longPolls = new LongPolls(kernel, gateway, rows, endpoint, clients);
    this.#sse = new SseFront(gateway, rows, endpoint, clients);
    this.#publish = publish === null ? null : new PublishApi(hub, publish, maxBodyBytes, counters);
    this.#front = new HttpFront(endpoint, clients, scheduler, isReady, () => gateway.bodyTooLong());
  }

  /** Long-poll sessions that are open. */
  get longPolls(): number {
    return this.#longPolls.size;
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const answer = await this.#answer(request).catch((error: unknown) => {
      reports.reportStrayError(error);
      return plain(500, 'internal server error');
    });
    return request.method === 'HEAD' ? withoutBody(answer) : answer;
  }

  #answer(request: HttpRequest): Promise<HttpResponse> {
    const polled = this.#longPolls.socketAt(request.path);
    if (polled !== undefined) return this.#longPolls.answer(request, polled);
    const listened = this.#sse.socketAt(request.path);
    if (listened !== undefined) return this.#sse.answer(request, listened);
    if (this.#publish?.isAt(request.path) === true) return this.#publish.answer(request);
    return this.#front.answer(request);
  }

  /** The application has answered. */
  responded(id: number, response: ForwardedResponse): void {
    this.#front.responded(id, response);
  }

  schedulerDown(thread: number): void {
    this.#front.schedulerDown(thread);
  }

  stop(): void {
    this.#sse.stop();
  }
}
